/* Many updates of one run in one call: batch, forward, loss, backward, penalties, clipping, optimiser, and the check
 * that the numbers are finite. The formulas and their order are those of numpy_stepper.py. Nothing is allocated.
 */
#include "layers.h"
#include "losses.h"
#include "optimizers.h"
#include "plan.h"
#include "units.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#ifdef WIDE
#define NAME(name) JOIN(stepviz_f64_##name##_, LEVEL)
#else
#define NAME(name) JOIN(stepviz_f32_##name##_, LEVEL)
#endif
/* As often as NumPy's stepper asks what ReLU'(0) changes: see REST in exact_zeros.py. */
#define REST 256

typedef struct {
    real *z, *h, *d;
} layer_numbers;

/* Where a run's numbers are: pieces of its work room. */
typedef struct {
    real *inputs, *targets, *arriving, *delta, *product, *chosen, *other;
    layer_numbers *layer;
    int64_t used;
} numbers;

static int64_t blocks_of(int64_t examples) { return (examples + LANES - 1) / LANES; }

static real *piece(numbers *all, char *work, int64_t count)
{
    real *start = work ? (real *)(work + all->used) : 0;
    all->used += (count * (int64_t)sizeof(real) + 63) / 64 * 64;
    return start;
}

static numbers divide(const run_plan *plan)
{
    numbers all = {0};
    char *work = plan->work;
    const int64_t block = blocks_of(plan->batch) * LANES;
    int64_t widest = plan->outputs;
    all.layer = (layer_numbers *)work;
    all.used = (plan->layers * (int64_t)sizeof(layer_numbers) + 63) / 64 * 64;
    all.inputs = piece(&all, work, block * plan->features);
    all.targets = piece(&all, work, block * plan->outputs);
    for (int l = 0; l < plan->layers; l++) {
        const int64_t size = block * plan->layer[l].outputs;
        layer_numbers layer = {piece(&all, work, size), piece(&all, work, size), piece(&all, work, size)};
        if (work)
            all.layer[l] = layer;
        if (plan->layer[l].outputs > widest)
            widest = plan->layer[l].outputs;
    }
    all.arriving = piece(&all, work, block * widest);
    all.delta = piece(&all, work, block * widest);
    all.product = piece(&all, work, block * widest);
    all.chosen = piece(&all, work, plan->parameters);
    all.other = piece(&all, work, plan->parameters);
    return all;
}

/* The bytes of work room that a run needs. */
int64_t NAME(room)(run_plan *plan)
{
    void *work = plan->work;
    plan->work = 0;
    const numbers all = divide(plan);
    plan->work = work;
    return all.used;
}

/* Copy the chosen examples (all, in order, where `chosen` is 0) into blocks. The lanes behind the last one repeat it. */
static void gather(const run_plan *plan, const numbers *all, const int64_t *chosen, int64_t count)
{
    const int64_t features = plan->features, outputs = plan->outputs;
    for (int64_t lane = 0; lane < blocks_of(count) * LANES; lane++) {
        const int64_t place = lane < count ? lane : count - 1, example = chosen ? chosen[place] : place;
        const real *input = (const real *)plan->inputs + example * (features + 1);
        const real *target = (const real *)plan->targets + example * outputs;
        const int64_t block = lane / LANES, at = lane % LANES;
        for (int64_t i = 0; i < features; i++)
            all->inputs[(block * features + i) * LANES + at] = input[i];
        for (int64_t i = 0; i < outputs; i++)
            all->targets[(block * outputs + i) * LANES + at] = target[i];
    }
}

/* Activations of a layer, and with `derivatives` its local ones, from its pre-activations. */
static void activate(const layer_plan *layer, const layer_numbers *at, const real *theta, int64_t blocks,
                     const double *values, const double *rule_values, int derivatives)
{
    const int64_t outputs = layer->outputs;
    if (!layer->trained_count && !derivatives)
        VALUES_OF[layer->unit](at->z, at->h, blocks * outputs, values[0], values[1]);
    else if (!layer->trained_count)
        UNITS_OF[layer->unit](at->z, at->h, at->d, blocks * outputs, values[0], values[1]);
    else {
        const real *rows = theta + layer->start + (layer->inputs + 1) * (int64_t)outputs;
        for (int64_t k = 0; k < blocks * outputs; k++) {
            double own[MOST_PARAMETERS] = {values[0], values[1]};
            for (int p = 0; p < layer->trained_count; p++)
                own[layer->trained[p]] = (double)rows[p * outputs + k % outputs];
            UNITS_OF[layer->unit](at->z + k * LANES, at->h + k * LANES, at->d + k * LANES, 1, own[0], own[1]);
        }
    }
    if (derivatives && layer->rule != RULE_true)
        RULES_OF[layer->rule](at->z, at->d, blocks * outputs, rule_values[0], rule_values[1]);
}

/* A linear output layer answers with its pre-activations. */
static int computes(const run_plan *plan, int l)
{
    return l < plan->layers - 1 || plan->layer[l].unit != UNIT_linear;
}

static void forward(const run_plan *plan, const numbers *all, const real *theta, int64_t blocks, double slope,
                    int derivatives)
{
    const real *before = all->inputs;
    for (int l = 0; l < plan->layers; l++) {
        const layer_plan *layer = &plan->layer[l];
        const layer_numbers *at = &all->layer[l];
        const real *w = theta + layer->start;
        const int64_t ins = layer->inputs, outs = layer->outputs;
        weigh(w, outs, 1, w + ins * outs, ins, outs, before, at->z, blocks);
        if (computes(plan, l)) {
            double values[MOST_PARAMETERS], rule_values[MOST_PARAMETERS];
            memcpy(values, layer->values, sizeof values);
            memcpy(rule_values, layer->rule_values, sizeof rule_values);
            if (plan->slopes != SLOPE_none && l < plan->layers - 1) {
                if (layer->annealed >= 0)
                    values[layer->annealed] = slope;
                if (layer->annealed_rule >= 0)
                    rule_values[layer->annealed_rule] = slope;
            }
            activate(layer, at, theta, blocks, values, rule_values, derivatives);
        }
        before = at->h;
    }
}

/* The gradient of what is trained of a layer's activation: sums over examples of dh/dp times what arrives. */
static void trained_gradient(const run_plan *plan, const numbers *all, int l, const real *theta, int64_t blocks,
                             double slope, real *gradient)
{
    const layer_plan *layer = &plan->layer[l];
    const int64_t outs = layer->outputs, rows = layer->start + (layer->inputs + 1) * outs;
    for (int p = 0; p < layer->trained_count; p++) {
        for (int64_t k = 0; k < blocks * outs; k++) {
            double own[MOST_PARAMETERS] = {layer->values[0], layer->values[1]};
            if (plan->slopes != SLOPE_none && l < plan->layers - 1 && layer->annealed >= 0)
                own[layer->annealed] = slope;
            for (int q = 0; q < layer->trained_count; q++)
                own[layer->trained[q]] = (double)theta[rows + q * outs + k % outs];
            real *product = all->product + k * LANES;
            by_parameter(layer->unit, layer->trained[p], all->layer[l].z + k * LANES, product, 1, own[0], own[1]);
            for (int i = 0; i < LANES; i++)
                product[i] *= all->arriving[k * LANES + i];
        }
        gradient_of(0, 0, all->product, outs, blocks, gradient + rows + p * outs);
    }
}

static void backward(const run_plan *plan, const numbers *all, const real *theta, int64_t blocks, int64_t count,
                     double slope, real *gradient)
{
    const int last = plan->layers - 1;
    const real *y = computes(plan, last) ? all->layer[last].h : all->layer[last].z;
    loss_delta(plan->loss, y, all->targets, all->arriving, blocks, plan->outputs, count);
    /* The lanes that only fill up the last block have no say. */
    for (int64_t k = (blocks - 1) * plan->outputs; k < blocks * plan->outputs; k++)
        for (int64_t i = (count - 1) % LANES + 1; i < LANES; i++)
            all->arriving[k * LANES + i] = R(0);
    for (int l = last; l >= 0; l--) {
        const layer_plan *layer = &plan->layer[l];
        const int64_t ins = layer->inputs, outs = layer->outputs;
        const real *before = l ? all->layer[l - 1].h : all->inputs, *delta = all->arriving;
        if (layer->trained_count)
            trained_gradient(plan, all, l, theta, blocks, slope, gradient);
        if (layer->unit != UNIT_linear) {
            const real *restrict arriving = all->arriving, *restrict d = all->layer[l].d;
            real *restrict product = all->delta;
            for (int64_t i = 0; i < blocks * outs * LANES; i++)
                product[i] = arriving[i] * d[i];
            delta = product;
        }
        gradient_of(before, ins, delta, outs, blocks, gradient + layer->start);
        gradient_of(0, 0, delta, outs, blocks, gradient + layer->start + ins * outs);
        if (l) {
            if (delta == all->arriving) {
                memcpy(all->delta, delta, (size_t)(blocks * outs * LANES) * sizeof(real));
                delta = all->delta;
            }
            weigh(theta + layer->start, 1, outs, 0, outs, ins, delta, all->arriving, blocks);
        }
    }
}

/* Local derivatives anew, with another derivative at 0. */
static void put_at_zero(const run_plan *plan, const numbers *all, int64_t blocks, const double *derivative)
{
    for (int l = 0; l < plan->layers; l++) {
        const layer_plan *layer = &plan->layer[l];
        if (layer->at_zero >= 0)
            UNITS_OF[layer->unit](all->layer[l].z, all->layer[l].h, all->layer[l].d, blocks * layer->outputs,
                                  derivative ? *derivative : layer->values[0], 0.0);
    }
}

/* Count the pre-activations that are exactly 0, and now and then what the choice of a derivative there changes. */
static void watch_zeros(const run_plan *plan, progress *at, const numbers *all, const real *theta, int64_t blocks,
                        int64_t count, double slope)
{
    int watched = 0;
    int64_t found = 0;
    for (int l = 0; l < plan->layers; l++) {
        const layer_plan *layer = &plan->layer[l];
        if (layer->at_zero < 0)
            continue;
        watched = 1;
        const real *z = all->layer[l].z;
        const int64_t full = (count / LANES) * layer->outputs * LANES;
        int64_t zeros = 0;
        for (int64_t i = 0; i < full; i++)
            zeros += z[i] == R(0);
        for (int64_t k = full; k < blocks * layer->outputs * LANES; k += LANES)
            for (int64_t i = 0; i < count % LANES; i++)
                zeros += z[k + i] == R(0);
        plan->zeros[l] += zeros;
        plan->zeros[plan->layers + l] += count * layer->outputs;
        found += zeros;
    }
    at->searched += watched;
    if (!found)
        return;
    at->touched++;
    if (at->compared * REST > at->searched)
        return;
    const double none = 0.0, one = 1.0;
    put_at_zero(plan, all, blocks, &none);
    backward(plan, all, theta, blocks, count, slope, all->chosen);
    put_at_zero(plan, all, blocks, &one);
    backward(plan, all, theta, blocks, count, slope, all->other);
    put_at_zero(plan, all, blocks, 0);
    int64_t changed = 0;
    for (int64_t i = 0; i < plan->parameters; i++)
        changed += all->chosen[i] != all->other[i];
    at->compared++;
    at->changed += (double)changed / (double)plan->parameters;
}

/* Weights only: l2 w and l1 sign(w). */
static void penalize(const run_plan *plan, const real *restrict theta, real *restrict gradient)
{
    const real l1 = R(plan->l1), l2 = R(plan->l2);
    for (int l = 0; l < plan->layers; l++) {
        const int64_t start = plan->layer[l].start, end = start + (int64_t)plan->layer[l].inputs * plan->layer[l].outputs;
        if (plan->l2 != 0.0)
            for (int64_t i = start; i < end; i++)
                gradient[i] += theta[i] * l2;
        if (plan->l1 != 0.0)
            for (int64_t i = start; i < end; i++)
                gradient[i] += (theta[i] > R(0) ? R(1) : (theta[i] < R(0) ? R(-1) : theta[i])) * l1;
    }
}

static void clip(const run_plan *plan, progress *at, real *restrict gradient)
{
    const int64_t size = plan->parameters;
    at->clip_factor = 1.0;
    if (plan->clipping == CLIPPING_value) {
        const real limit = R(plan->limit);
        for (int64_t i = 0; i < size; i++) {
            const real g = gradient[i] > limit ? limit : gradient[i];
            gradient[i] = g < -limit ? -limit : g;
        }
        return;
    }
    double sums[8] = {0};
    for (int64_t i = 0; i < size; i++)
        sums[i % 8] += (double)gradient[i] * (double)gradient[i];
    const double square = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    const double norm = __builtin_sqrt(square);
    if (!(norm > plan->limit))
        return;
    at->clip_factor = plan->limit / norm;
    for (int64_t i = 0; i < size; i++)
        gradient[i] = R((double)gradient[i] * at->clip_factor);
}

/* Whether the sum of all parameters is finite. */
static int is_finite(const real *theta, int64_t size)
{
    real sums[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES)
        for (int k = 0; k < LANES; k++)
            sums[k] += theta[i + k];
    for (; i < size; i++)
        sums[0] += theta[i];
    for (int half = LANES / 2; half; half /= 2)
        for (int k = 0; k < half; k++)
            sums[k] += sums[k + half];
    return sums[0] - sums[0] == R(0);
}

static void keep(const run_plan *plan, progress *at)
{
    const real *state = plan->state;
    real *copy = (real *)at->recent + at->ring * at->copy + plan->offset;
    for (int64_t slot = 0; slot <= plan->slots; slot++)
        memcpy(copy + slot * plan->stride, state + slot * plan->stride, (size_t)plan->parameters * sizeof(real));
    at->seen_ring[at->ring] = at->seen;
    at->ring = at->ring + 1 == at->depth ? 0 : at->ring + 1;
}

/* Put the next batch into blocks and return its number of examples; 0 where the orders of the epochs end. */
static int64_t next_batch(const run_plan *plan, const progress *at, const numbers *all)
{
    const int64_t row = at->seen / plan->examples - at->first_epoch, position = at->seen % plan->examples;
    if (row >= at->epochs)
        return 0;
    const int64_t left = plan->examples - position, count = left < plan->batch ? left : plan->batch;
    gather(plan, all, at->orders + row * plan->examples + position, count);
    return count;
}

/* Do up to `count` updates and return how many were done: fewer where the orders of the epochs end, or the run. */
int64_t NAME(train)(const run_plan *plan, progress *at, int64_t count)
{
    const numbers all = divide(plan);
    real *theta = plan->state, *gradient = plan->gradient;
    if (plan->whole)
        gather(plan, &all, 0, plan->examples);
    for (int64_t done = 0; done < count; done++) {
        const int64_t examples = plan->whole ? plan->examples : next_batch(plan, at, &all);
        if (!examples)
            return done;
        const int64_t blocks = blocks_of(examples);
        const double slope = plan->slopes == SLOPE_none ? 0.0 : stepviz_slope(plan, at->step);
        keep(plan, at);
        forward(plan, &all, theta, blocks, slope, 1);
        backward(plan, &all, theta, blocks, examples, slope, gradient);
        if (plan->alone)
            watch_zeros(plan, at, &all, theta, blocks, examples, slope);
        if (plan->l1 != 0.0 || plan->l2 != 0.0)
            penalize(plan, theta, gradient);
        if (plan->clipping != CLIPPING_none)
            clip(plan, at, gradient);
        at->updates++;
        optimize(plan, at->updates, theta, gradient, stepviz_rate(plan, at->step), at->began);
        at->step++;
        at->seen += examples;
        if (plan->alone && !is_finite(theta, plan->parameters)) {
            at->diverged = 1;
            return done + 1;
        }
    }
    return count;
}

/* The sum of the products of two rows, in lanes. */
static real product_of(const real *restrict a, const real *restrict b, int64_t size)
{
    real sums[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES)
        for (int k = 0; k < LANES; k++)
            sums[k] += a[i + k] * b[i + k];
    for (; i < size; i++)
        sums[i % LANES] += a[i] * b[i];
    return total(sums);
}

/* Losses over all examples at `count` points theta + alpha first + beta second (points: alpha, beta), or, without
 * `first`, of `count` rows of parameters; with `slopes` also dL/dalpha. The plan's `gradient` is room for one. */
void NAME(losses)(const run_plan *plan, const void *rows_at, const void *first_at, const void *second_at, const double *points,
                  int64_t count, void *losses_at, void *slopes_at)
{
    const real *rows = rows_at, *first = first_at, *second = second_at;
    real *losses = losses_at, *slopes = slopes_at;
    const numbers all = divide(plan);
    const int64_t examples = plan->examples, blocks = blocks_of(examples), size = plan->parameters;
    const int last = plan->layers - 1;
    gather(plan, &all, 0, examples);
    for (int64_t k = 0; k < count; k++) {
        const real *theta = rows;
        if (first) {
            const real alpha = R(points[2 * k]), beta = R(points[2 * k + 1]);
            for (int64_t i = 0; i < size; i++)
                all.chosen[i] = rows[i] + alpha * first[i] + (second ? beta * second[i] : R(0));
            theta = all.chosen;
        } else
            theta += k * size;
        forward(plan, &all, theta, blocks, 0.0, slopes != 0);
        const real *y = computes(plan, last) ? all.layer[last].h : all.layer[last].z;
        losses[k] = loss_value(plan->loss, y, all.targets, blocks, plan->outputs, examples);
        if (slopes) {
            backward(plan, &all, theta, blocks, examples, 0.0, plan->gradient);
            slopes[k] = product_of(plan->gradient, first, size);
        }
    }
}

/* Activations and local derivatives of blocks of pre-activations. */
void NAME(units)(int64_t unit, const void *z, void *h, void *d, int64_t blocks, double p0, double p1)
{
    UNITS_OF[unit](z, h, d, blocks, p0, p1);
}
