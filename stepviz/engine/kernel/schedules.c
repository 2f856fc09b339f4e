/* What the number of the update decides, in the formulas of schedules.py and slope_schedules.py. */
#ifndef WIDE
#define WIDE
#endif
#include "functions.h"
#include "plan.h"
#include "tables.h"

/* By squares: the same whatever was asked for before. */
double stepviz_power(double base, int64_t n)
{
    double result = 1.0;
    for (; n > 0; n >>= 1, base *= base)
        if (n & 1)
            result *= base;
    return result;
}

double stepviz_rate(const run_plan *plan, int64_t step)
{
    const double *v = plan->schedule_values, t = (double)step;
    switch (plan->schedule) {
    case SCHEDULE_step:
        return plan->rate * stepviz_power(v[1], step / (int64_t)v[0]);
    case SCHEDULE_exponential:
        return plan->rate * stepviz_power(v[0], step);
    case SCHEDULE_cosine: {
        double cosine;
        sine_of(3.141592653589793 * (t < v[0] ? t / v[0] : 1.0), &cosine);
        return plan->rate * (v[1] + (1.0 - v[1]) * 0.5 * (1.0 + cosine));
    }
    case SCHEDULE_warm_up:
        return plan->rate * (t + 1.0 < v[0] ? (t + 1.0) / v[0] : 1.0);
    default:
        return plan->rate;
    }
}

double stepviz_slope(const run_plan *plan, int64_t step)
{
    const double first = plan->slope_values[0], last = plan->slope_values[1], length = plan->slope_values[2];
    const double t = (double)step;
    if (t >= length)
        return last;
    switch (plan->slopes) {
    case SLOPE_linear:
        return first + (last - first) * (t / length);
    case SLOPE_exponential: {
        const double logarithm = last >= first ? log1p_of(last / first - 1.0) : -log1p_of(first / last - 1.0);
        return first * exp_of(logarithm * (t / length));
    }
    default: {
        const double rises = plan->slope_values[3], risen = rises * t / length;
        return first + (last - first) * (double)(int64_t)risen / rises;
    }
    }
}
