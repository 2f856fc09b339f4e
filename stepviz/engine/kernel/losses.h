/* dL/dy and the losses themselves, in the formulas of losses.py; the answers y and targets t are [block][output][lane].
 */
#ifndef STEPVIZ_LOSSES_H
#define STEPVIZ_LOSSES_H

#include "functions.h"
#include "tables.h"

static void softmax_delta(const real *restrict y, const real *restrict t, real *restrict out, int outputs, real share)
{
    real largest[LANES], sum[LANES], wrong[LANES];
    for (int i = 0; i < LANES; i++) {
        largest[i] = y[i];
        sum[i] = wrong[i] = R(0);
    }
    for (int k = 1; k < outputs; k++)
        for (int i = 0; i < LANES; i++)
            largest[i] = y[k * LANES + i] <= largest[i] ? largest[i] : y[k * LANES + i];
    for (int k = 0; k < outputs; k++)
        for (int i = 0; i < LANES; i++) {
            out[k * LANES + i] = exp_of(y[k * LANES + i] - largest[i]);
            sum[i] += out[k * LANES + i];
        }
    for (int k = 0; k < outputs; k++)
        for (int i = 0; i < LANES; i++) {
            out[k * LANES + i] = out[k * LANES + i] / sum[i] * (R(1) - t[k * LANES + i]);
            wrong[i] += out[k * LANES + i];
        }
    /* The shares of the wrong classes, and minus their sum for the true one. */
    for (int k = 0; k < outputs; k++)
        for (int i = 0; i < LANES; i++)
            out[k * LANES + i] = (out[k * LANES + i] - t[k * LANES + i] * wrong[i]) * share;
}

static void loss_delta(int loss, const real *restrict y, const real *restrict t, real *restrict out, int64_t blocks,
                       int outputs, int64_t examples)
{
    const int64_t count = blocks * outputs * LANES;
    const real twice = R(2.0 / (double)(examples * outputs));
    switch (loss) {
    case LOSS_squared_error:
        for (int64_t i = 0; i < count; i++)
            out[i] = (y[i] - t[i]) * twice;
        break;
    case LOSS_binary_cross_entropy:
        for (int64_t i = 0; i < count; i++) {
            const real half = R(0.5) - t[i];
            out[i] = half / (exp_of(half * y[i] * R(-2)) + R(1)) * twice;
        }
        break;
    case LOSS_softmax_cross_entropy:
        for (int64_t k = 0; k < blocks; k++) {
            const int64_t at = k * outputs * LANES;
            softmax_delta(y + at, t + at, out + at, outputs, R(1.0 / (double)examples));
        }
        break;
    default:
        for (int64_t i = 0; i < count; i++)
            out[i] = (y[i] * t[i] < R(1) ? t[i] : R(0)) * R(-1.0 / (double)(examples * outputs));
    }
}

/* The lanes' sums added in a fixed tree. */
static real total(const real *lanes)
{
    real sums[LANES];
    memcpy(sums, lanes, sizeof sums);
    for (int half = LANES / 2; half; half /= 2)
        for (int i = 0; i < half; i++)
            sums[i] += sums[i + half];
    return sums[0];
}

/* What one example per lane costs by softmax cross-entropy: with m the largest answer,
 * ln(1 + the others' sum of e^(y - m) + (e^(y_true - m) - 1)) - (y_true - m). */
static void softmax_losses(const real *restrict y, const real *restrict t, real *restrict out, int outputs)
{
    real largest[LANES], others[LANES], truth[LANES];
    for (int i = 0; i < LANES; i++) {
        largest[i] = y[i];
        others[i] = truth[i] = R(0);
    }
    for (int k = 1; k < outputs; k++)
        for (int i = 0; i < LANES; i++)
            largest[i] = y[k * LANES + i] <= largest[i] ? largest[i] : y[k * LANES + i];
    for (int k = 0; k < outputs; k++)
        for (int i = 0; i < LANES; i++) {
            const real behind = y[k * LANES + i] - largest[i], hot = t[k * LANES + i];
            truth[i] += behind * hot;
            others[i] += exp_of(behind) * (R(1) - hot);
        }
    for (int i = 0; i < LANES; i++) {
        real less;
        exp_and_expm1(truth[i], &less);
        out[i] = log1p_of(others[i] + less) - truth[i];
    }
}

/* The mean loss over the examples. */
static real loss_value(int loss, const real *restrict y, const real *restrict t, int64_t blocks, int outputs,
                       int64_t examples)
{
    real sums[LANES] = {0}, wrong[LANES] = {0};
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t count = examples - block * LANES < LANES ? examples - block * LANES : LANES;
        for (int k = 0; k < outputs; k++) {
            const real *restrict answer = y + (block * outputs + k) * LANES;
            const real *restrict target = t + (block * outputs + k) * LANES;
            real cost[LANES], side[LANES] = {0};
            switch (loss) {
            case LOSS_squared_error:
                for (int i = 0; i < LANES; i++)
                    cost[i] = (answer[i] - target[i]) * (answer[i] - target[i]);
                break;
            case LOSS_binary_cross_entropy:
                for (int i = 0; i < LANES; i++) {
                    cost[i] = log1p_of(exp_of(-size_of(answer[i])));
                    side[i] = above_zero((R(0.5) - target[i]) * answer[i]);
                }
                break;
            case LOSS_softmax_cross_entropy:
                softmax_losses(answer, target, cost, outputs);
                k = outputs;
                break;
            default:
                for (int i = 0; i < LANES; i++)
                    cost[i] = above_zero(R(1) - answer[i] * target[i]);
            }
            for (int i = 0; i < LANES; i++) {
                sums[i] += i < count ? cost[i] : R(0);
                wrong[i] += i < count ? side[i] : R(0);
            }
        }
    }
    const real share = R((double)examples * (loss == LOSS_softmax_cross_entropy ? 1 : outputs));
    return total(sums) / share + R(2) * (total(wrong) / share);
}

#endif
