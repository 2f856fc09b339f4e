/* One update of the parameters, in the formulas of optimizers.py. */
#ifndef STEPVIZ_OPTIMIZERS_H
#define STEPVIZ_OPTIMIZERS_H

#include "numbers.h"
#include "plan.h"
#include "tables.h"

#ifdef WIDE
#define ROOT(x) __builtin_sqrt(x)
#else
#define ROOT(x) __builtin_sqrtf(x)
#endif

static void adam(real *restrict theta, const real *restrict g, real *restrict mean, real *restrict square, int64_t size,
                 const run_plan *plan, int64_t number, double rate)
{
    const double *v = plan->optimizer_values;
    const real beta1 = R(v[0]), rest1 = R(1.0 - v[0]), beta2 = R(v[1]), rest2 = R(1.0 - v[1]);
    const real bias = R(1.0 / __builtin_sqrt(1.0 - stepviz_power(v[1], number)));
    const real step = R(rate / (1.0 - stepviz_power(v[0], number)));
    const real epsilon = R(v[2] < plan->smallest ? plan->smallest : v[2]);
    const real kept = plan->optimizer == OPTIMIZER_adamw ? R(1.0 - rate * v[3]) : R(1);
    for (int64_t i = 0; i < size; i++) {
        mean[i] = mean[i] * beta1 + g[i] * rest1;
        square[i] = square[i] * beta2 + g[i] * g[i] * rest2;
        theta[i] = theta[i] * kept - mean[i] / (ROOT(square[i]) * bias + epsilon) * step;
    }
}

/* The same where each parameter counts its own updates, from the one after which it began. */
static void adam_from(real *restrict theta, const real *restrict g, real *restrict mean, real *restrict square,
                      int64_t size, const run_plan *plan, int64_t number, double rate, const int64_t *began)
{
    for (int64_t start = 0, end; start < size; start = end) {
        for (end = start + 1; end < size && began[end] == began[start]; end++)
            ;
        adam(theta + start, g + start, mean + start, square + start, end - start, plan, number - began[start], rate);
    }
}

/* The update `number`, from 1, with a learning rate; `began` as in progress. */
static void optimize(const run_plan *plan, int64_t number, real *restrict theta, const real *restrict g, double rate,
                     const int64_t *began)
{
    real *restrict first = theta + plan->stride;
    const int64_t size = plan->parameters;
    const double *v = plan->optimizer_values;
    const real step = R(rate);
    switch (plan->optimizer) {
    case OPTIMIZER_sgd:
        for (int64_t i = 0; i < size; i++)
            theta[i] -= g[i] * step;
        break;
    case OPTIMIZER_momentum:
        for (int64_t i = 0; i < size; i++) {
            first[i] = first[i] * R(v[0]) + g[i];
            theta[i] -= first[i] * step;
        }
        break;
    case OPTIMIZER_nesterov:
        for (int64_t i = 0; i < size; i++) {
            first[i] = first[i] * R(v[0]) + g[i];
            theta[i] -= (first[i] * R(v[0]) + g[i]) * step;
        }
        break;
    case OPTIMIZER_adagrad: {
        const real epsilon = R(v[0] < plan->smallest ? plan->smallest : v[0]);
        for (int64_t i = 0; i < size; i++) {
            first[i] += g[i] * g[i];
            theta[i] -= g[i] / (ROOT(first[i]) + epsilon) * step;
        }
        break;
    }
    case OPTIMIZER_rmsprop: {
        const real epsilon = R(v[1] < plan->smallest ? plan->smallest : v[1]);
        const real decay = R(v[0]), rest = R(1.0 - v[0]);
        for (int64_t i = 0; i < size; i++) {
            first[i] = first[i] * decay + g[i] * g[i] * rest;
            theta[i] -= g[i] / (ROOT(first[i]) + epsilon) * step;
        }
        break;
    }
    default:
        if (began)
            adam_from(theta, g, first, first + plan->stride, size, plan, number, rate, began + plan->offset);
        else
            adam(theta, g, first, first + plan->stride, size, plan, number, rate);
    }
}

#endif
