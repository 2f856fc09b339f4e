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

#endif
