/* What units compute: values, derivatives, derivatives by trained parameters, and backward rules, in the formulas of
 * smooth_units.py, piecewise_units.py and backward_rules.py.
 *
 * Each takes whole blocks of pre-activations z and fills the activations h and the local derivatives d. a and b are
 * the parameters in the table's order.
 */
#ifndef STEPVIZ_UNITS_H
#define STEPVIZ_UNITS_H

#include <math.h>

#include "functions.h"
#include "tables.h"

#define EACH for (int64_t i = 0; i < blocks * LANES; i++)

#define UNIT(name, ...)                                                                                               \
    static void unit_##name(const real *restrict zs, real *restrict hs, real *restrict ds, int64_t blocks, double p0, \
                            double p1)                                                                                \
    {                                                                                                                 \
        const real a = R(p0), b = R(p1);                                                                              \
        (void)a, (void)b, (void)p0, (void)p1;                                                                         \
        EACH                                                                                                          \
        {                                                                                                             \
            const real z = zs[i];                                                                                     \
            real h, d;                                                                                                \
            __VA_ARGS__                                                                                               \
            hs[i] = h;                                                                                                \
            ds[i] = d;                                                                                                \
        }                                                                                                             \
    }                                                                                                                 \
    static void value_##name(const real *restrict zs, real *restrict hs, int64_t blocks, double p0, double p1)        \
    {                                                                                                                 \
        const real a = R(p0), b = R(p1);                                                                              \
        (void)a, (void)b, (void)p0, (void)p1;                                                                         \
        EACH                                                                                                          \
        {                                                                                                             \
            const real z = zs[i];                                                                                     \
            real h, d;                                                                                                \
            __VA_ARGS__                                                                                               \
            hs[i] = h;                                                                                                \
            (void)d;                                                                                                  \
        }                                                                                                             \
    }

/* sigma(u), sigma'(u) = e / (1 + e)^2 with e = exp(-|u|). */
ALWAYS real logistic(real u, real *slope)
{
    const real e = exp_of(-size_of(u)), sum = R(1) + e;
    *slope = e / (sum * sum);
    return (u <= R(0) ? e : R(1)) / sum;
}

UNIT(step, h = z >= R(0) ? R(1) : R(0); d = R(0);)
UNIT(sign, h = z >= R(0) ? R(1) : R(-1); d = R(0);)
UNIT(sigmoid, {
    const real u = z * a + b;
    real slope;
    h = logistic(u, &slope);
    /* 1 / (1 + exp(-u)) is 0 where exp overflows. */
    h = u < -EXP_OVERFLOWS ? R(0) : h;
    d = slope * a;
})
UNIT(tanh, {
    real e;
    h = with_sign(tanh_of_size(size_of(z * a), &e), z * a);
    const real sum = R(1) + e;
    d = e / (sum * sum) * R(4) * a;
})
UNIT(relu, h = above_zero(z); d = (z > R(0) ? R(1) : R(0)) + (z == R(0) ? a : R(0));)
UNIT(leaky, h = above_zero(z) + below_zero(z) * a; d = (z <= R(0) ? a : R(0)) + (z > R(0) ? R(1) : R(0));)
UNIT(elu, {
    real em;
    const real e = exp_and_expm1(below_zero(z), &em);
    h = above_zero(z) + em * a;
    d = e * a + (z > R(0) ? R(1.0 - p0) : R(0));
})
UNIT(selu, {
    const real alpha = R(1.6732632423543772), factor = R(1.0507009873554805);
    real em;
    const real e = exp_and_expm1(below_zero(z), &em);
    h = (above_zero(z) + em * alpha) * factor;
    d = (e * alpha + (z > R(0) ? R(1.0 - 1.6732632423543772) : R(0))) * factor;
})
UNIT(softplus, {
    const real u = z * a, e = exp_of(-size_of(u));
    h = above_zero(z) + log1p_of(e) / a;
    d = (u <= R(0) ? e : R(1)) / (R(1) + e);
})

/* Phi(-|z|) exp(z^2/2), as in special.py. */
ALWAYS real scaled_tail(real z)
{
#ifdef WIDE
    const real t = 1.0 / (size_of(z) * 0.27 + 1.0);
    static const double c[] = {
        0.10771441570838691, 0.10771441570829862, 0.09986203481886269, 0.08415727189412131, 0.06231748695784765,
        0.03777624873291975, 0.015076779322963795, -0.0016157768035605193, -0.007920456911138038,
        -0.015658388915087362, 0.03170885777370516, -0.1185788267127504, 0.35064485788992267, -0.7612089177633561,
        1.3150766388509596, -1.7576609129537097, 1.7527929605622983, -1.2782754187113075, 0.6690469879278729,
        -0.24325258010922324, 0.057681604035315207, -0.007838425350552751, 0.0004391440472109963};
#else
    const real t = 1.0f / (size_of(z) * 0.28f + 1.0f);
    static const float c[] = {
        0.11170386243378849f, 0.11169901486232489f, 0.1031048203983482f, 0.08343963860290786f, 0.07364585954222568f,
        -0.008565072953493732f, 0.09523378297543951f, -0.09550614225710088f, 0.025244265545276676f};
#endif
    real sum = t * c[sizeof c / sizeof *c - 1];
#pragma GCC unroll 32
    for (int n = (int)(sizeof c / sizeof *c) - 2; n >= 0; n--)
        sum = (sum + c[n]) * t;
    return sum;
}

UNIT(gelu, {
    const real e = exp_of(z * z * R(-0.5)), tail = scaled_tail(z), size = size_of(z);
    h = above_zero(z) - tail * e * size;
    /* Phi(z) + z phi(z) is w for z < 0, 1 - w for z > 0. */
    const real w = (tail - size * R(0.3989422804014327)) * e;
    d = z == R(0) ? R(0.5) : (z > R(0) ? R(1) - w : w);
})
UNIT(gelu_tanh, {
    const real c = R(1.5957691216057308), cubic = R(1.5957691216057308 * 0.044715);
    const real v = (z * z * cubic + c) * z;
    h = z / (exp_of(-v) + R(1));
    /* Beyond that both sigmas are 0 or 1, and the product must not be inf * 0. */
    const real near = z > R(30) ? R(30) : (z < R(-30) ? R(-30) : z);
    const real bent = (near * near * cubic + c) * near;
    const real rise = (bent * R(3) - near * R(2.0 * 1.5957691216057308)) / (exp_of(bent) + R(1)) + R(1);
    /* sigma(v) by the root of exp(-|v|), whose square would underflow before the product does. */
    const real root = exp_of(size_of(v) * R(-0.5)), factor = v <= R(0) ? root : R(1);
    d = rise * factor * factor / (R(1) + root * root);
})
UNIT(silu, {
    real slope;
    h = z / (exp_of(-z) + R(1));
    const real s = logistic(z, &slope);
    d = s * ((R(1) - s) * z + R(1));
})
UNIT(mish, {
    const real bounded = z > R(20) ? R(20) : z, w = exp_of(bounded), n = w * (w + R(2));
    h = n / (n + R(2)) * z;
    const real v = w + R(1), q = v * v + R(1);
    d = ((bounded / q * R(4) + R(1)) * v + R(1)) / q * w;
})
UNIT(hard_sigmoid, {
    h = z / R(6) + R(0.5);
    h = above_zero(h);
    h = h >= R(1) ? R(1) : h;
    d = size_of(z) < R(3) ? R(1) / R(6) : R(0);
})
UNIT(hard_tanh, {
    h = z <= R(-1) ? R(-1) : z;
    h = h >= R(1) ? R(1) : h;
    d = size_of(z) < R(1) ? R(1) : R(0);
})
UNIT(softsign, {
    const real inverse = R(1) / (size_of(z) + R(1));
    h = z / (size_of(z) + R(1));
    d = inverse * inverse;
})
UNIT(gaussian, {
    h = exp_of(-(z * z));
    d = h * z * R(-2);
})
UNIT(linear, h = z; d = R(1);)

/* The rest of a large u after whole turns: far from the true one where u is beyond the precision of a turn. */
ALWAYS double turns_away(real u) { return fmod((double)u, 6.283185307179586); }

static void unit_sine(const real *restrict zs, real *restrict hs, real *restrict ds, int64_t blocks, double p0, double p1)
{
    const real a = R(p0);
    int far = 0;
    (void)p1;
    EACH
    {
        const real u = zs[i] * a;
        double cosine;
        hs[i] = R(sine_of(u, &cosine));
        ds[i] = R(cosine) * a;
        far |= !(size_of(u) <= R(SINE_LARGEST));
    }
    if (!far)
        return;
    EACH
    {
        const real u = zs[i] * a;
        if (size_of(u) <= R(SINE_LARGEST))
            continue;
        double cosine;
        hs[i] = R(sine_of(turns_away(u), &cosine));
        ds[i] = R(cosine) * a;
    }
}

static void value_sine(const real *restrict zs, real *restrict hs, int64_t blocks, double p0, double p1)
{
    const real a = R(p0);
    int far = 0;
    (void)p1;
    EACH
    {
        const real u = zs[i] * a;
        double cosine;
        hs[i] = R(sine_of(u, &cosine));
        far |= !(size_of(u) <= R(SINE_LARGEST));
    }
    if (!far)
        return;
    EACH
    {
        const real u = zs[i] * a;
        double cosine;
        if (!(size_of(u) <= R(SINE_LARGEST)))
            hs[i] = R(sine_of(turns_away(u), &cosine));
    }
}

typedef void unit_function(const real *restrict, real *restrict, real *restrict, int64_t, double, double);
#define ENTRY(name, code, like) unit_##like,
static unit_function *const UNITS_OF[] = {UNITS(ENTRY)};
#undef ENTRY

/* The same without derivatives, for what looks at values only. */
typedef void value_function(const real *restrict, real *restrict, int64_t, double, double);
#define ENTRY(name, code, like) value_##like,
static value_function *const VALUES_OF[] = {UNITS(ENTRY)};
#undef ENTRY

/* dh/dp of the parameter number `which`. */
static void by_parameter(int unit, int which, const real *restrict zs, real *restrict out, int64_t blocks, double p0,
                         double p1)
{
    const real a = R(p0), b = R(p1);
    if (unit == UNIT_sigmoid)
        EACH
        {
            real slope;
            logistic(zs[i] * a + b, &slope);
            out[i] = which == 0 ? slope * zs[i] : slope;
        }
    else if (unit == UNIT_tanh)
        EACH
        {
            const real e = exp_of(size_of(zs[i]) * (R(-2) * size_of(a))), sum = R(1) + e;
            out[i] = e / (sum * sum) * R(4) * zs[i];
        }
    else
        EACH out[i] = below_zero(zs[i]);
}

#define RULE(name, ...)                                                                                           \
    static void rule_##name(const real *restrict zs, real *restrict ds, int64_t blocks, double p0, double p1)     \
    {                                                                                                             \
        const real a = R(p0), b = R(p1);                                                                          \
        (void)a, (void)b, (void)p0, (void)p1, (void)zs;                                                           \
        EACH                                                                                                      \
        {                                                                                                         \
            const real z = zs[i];                                                                                 \
            real d;                                                                                               \
            (void)z;                                                                                              \
            __VA_ARGS__                                                                                           \
            ds[i] = d;                                                                                            \
        }                                                                                                         \
    }

RULE(true, d = R(0);)
RULE(straight_through, d = R(1);)
RULE(clipped_straight_through, d = size_of(z) <= a ? R(1) : R(0);)
RULE(relu_ste, d = z > R(0) ? R(1) : R(0);)
RULE(clipped_relu_ste, d = z > R(0) && z < R(1) ? R(1) : R(0);)
RULE(sigmoid_surrogate, {
    real slope;
    logistic(z * a, &slope);
    d = slope * a;
})
RULE(fast_sigmoid, {
    const real inverse = R(1) / (size_of(z) * a + R(1));
    d = inverse * inverse;
})
RULE(arctan, {
    const real u = z * R(3.141592653589793 / 2.0 * p0);
    d = R(p0 / 2.0) / (u * u + R(1));
})
RULE(triangle, d = above_zero(R(1) - size_of(z) / b) * a;)

typedef void rule_function(const real *restrict, real *restrict, int64_t, double, double);
#define ENTRY(name, like) rule_##like,
static rule_function *const RULES_OF[] = {RULES(ENTRY)};
#undef ENTRY

#endif
