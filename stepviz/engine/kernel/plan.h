/* What Python tells the kernel about one run: see plan.py, which holds the same structures. */
#ifndef STEPVIZ_PLAN_H
#define STEPVIZ_PLAN_H

#include <stdint.h>

#define MOST_PARAMETERS 2

/* A weight layer. `trained` numbers the parameters of the activation that are trained, one row (outputs) each behind
 * weights and biases; `annealed` and `annealed_rule` those that a slope schedule drives, `at_zero` the derivative at 0;
 * -1: none. */
typedef struct {
    int32_t inputs, outputs, unit, rule;
    int32_t trained_count, trained[MOST_PARAMETERS];
    int32_t annealed, annealed_rule, at_zero;
    int64_t start;
    double values[MOST_PARAMETERS], rule_values[MOST_PARAMETERS];
} layer_plan;

/* Settings of one run, and where its numbers are.
 *
 * `state`: the parameters, and `stride` numbers on the optimiser's first slot, and so on; `offset` is how far the run's
 * numbers are from the first run's. `alone`: the run is the only one, in which exact zeros are counted, and which ends
 * where it diverges. `zeros` (2, layers): pre-activations that were exactly 0, and all that were looked at.
 * `work` is room for what passes hold (see `room` in step.c), aligned to 64 bytes. */
typedef struct {
    int32_t layers, loss, optimizer, clipping, schedule, slopes, slots, whole, alone, outputs;
    int64_t features, examples, batch, parameters, stride, offset;
    double rate, l1, l2, smallest, limit;
    double optimizer_values[4], schedule_values[2], slope_values[4];
    const layer_plan *layer;
    const void *inputs, *targets;
    void *state, *gradient, *work;
    int64_t *zeros;
} run_plan;

/* How far all runs are, which a call changes.
 *
 * `orders` (epochs, examples) are the orders of the epochs from `first_epoch` on. `recent` is a ring of `depth` copies of
 * the state of all runs, `copy` numbers each, before the last updates; `seen_ring` how many examples were seen by then;
 * `ring` the place of the next copy. `began`: after how many updates the optimiser's memory of each parameter began, laid
 * out as the parameters of all runs; 0: with the first. */
typedef struct {
    const int64_t *orders, *began;
    void *recent;
    int64_t *seen_ring;
    int64_t first_epoch, epochs, step, updates, seen, depth, copy, ring, touched, searched, compared, diverged;
    double changed, clip_factor;
} progress;

/* The learning rate and the slope of an update (from 0), and base to the power of n: in schedules.c, always in double. */
double stepviz_rate(const run_plan *plan, int64_t step);
double stepviz_slope(const run_plan *plan, int64_t step);
double stepviz_power(double base, int64_t n);

#endif
