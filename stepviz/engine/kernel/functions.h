/* exp, expm1, log1p, tanh, sin and cos to 2 units in the last place, from +, -, * and / alone.
 *
 * A library's functions differ from one system to the next; these give the same bits everywhere. All of them are
 * without branches, so that a compiler makes loops over vectors of them.
 *
 * exp (Tang 1989): x = n ln 2 + r with |r| <= ln 2 / 2, exp x = 2^n (1 + r + r^2 q(r)); ln 2 in two parts, the first so
 * short that n times it is exact. log1p: with m 2^k = 1 + x, s = (m - 1) / (m + 1), ln m = 2 atanh s. The coefficients
 * are Chebyshev fits: relative errors of 1.4e-9 and 1e-16 of a term that is small beside the first.
 */
#ifndef STEPVIZ_FUNCTIONS_H
#define STEPVIZ_FUNCTIONS_H

#include "numbers.h"

#ifdef WIDE
#define TO_INTEGER 6755399441055744.0 /* 1.5 * 2^52: added to a number, it leaves its nearest integer in the last bits */
#define MANTISSA 52
#define BIAS 1023
#define LN2_HIGH 0.6931471803691238
#define LN2_LOW 1.9082149292705877e-10
#define EXP_LARGEST 710.0
#define EXP_SMALLEST (-746.0)
#define EXP_OVERFLOWS 709.782712893384
#else
#define TO_INTEGER 12582912.0f
#define MANTISSA 23
#define BIAS 127
#define LN2_HIGH 0.693115234375f
#define LN2_LOW 3.1946184945309415e-05f
#define EXP_LARGEST 89.0f
#define EXP_SMALLEST (-104.0f)
#define EXP_OVERFLOWS 88.72283935546875f
#endif
#define LOG2_E R(1.4426950408889634)
#define LN2 R(0.6931471805599453)

ALWAYS real power_of_two(bits n) { return as_real((bits)((unsigned_bits)(n + BIAS) << MANTISSA)); }

/* exp(r) - 1 for the rest r of x, and n: exp(x) = 2^n (1 + that). */
ALWAYS real split_exp(real x, bits *n)
{
    x = x > EXP_LARGEST ? EXP_LARGEST : x;
    x = x < EXP_SMALLEST ? EXP_SMALLEST : x;
    const real shifted = x * LOG2_E + TO_INTEGER;
    *n = as_bits(shifted) - as_bits(TO_INTEGER);
    const real k = shifted - TO_INTEGER;
    const real r = (x - k * LN2_HIGH) - k * LN2_LOW;
#ifdef WIDE
    real q = 2.5100494788905042e-08;
    q = q * r + 2.76202305675069e-07;
    q = q * r + 2.7557268229963227e-06;
    q = q * r + 2.4801520996825697e-05;
    q = q * r + 0.00019841269863201828;
    q = q * r + 0.0013888888917406447;
    q = q * r + 0.008333333333330032;
    q = q * r + 0.04166666666662374;
    q = q * r + 0.16666666666666669;
    q = q * r + 0.5;
#else
    real q = 0.00019891103420544327f;
    q = q * r + 0.0013933751387987224f;
    q = q * r + 0.008333310823923211f;
    q = q * r + 0.04166646401078555f;
    q = q * r + 0.16666666681725f;
    q = q * r + 0.5f;
#endif
    return r + r * r * q;
}

/* x 2^n in two steps: a result that is not normal is rounded once. */
ALWAYS real scale(real x, bits n)
{
    /* As numbers without a sign: not every processor shifts long vectors with one. */
    const bits half = (bits)((unsigned_bits)(n + 4096) >> 1) - 2048;
    return x * power_of_two(half) * power_of_two(n - half);
}

ALWAYS real exp_of(real x)
{
    bits n;
    const real p = split_exp(x, &n);
    return scale(R(1) + p, n);
}

/* exp(x) and exp(x) - 1, for x <= 0. */
ALWAYS real exp_and_expm1(real x, real *expm1)
{
    bits n;
    const real p = split_exp(x, &n);
    /* Below the precision of 1 the exact power does not count any more. */
    const bits bounded = n < -BIAS / 2 ? -BIAS / 2 : n;
    const real two_n = power_of_two(bounded);
    *expm1 = p * two_n + (two_n - R(1));
    return scale(R(1) + p, n);
}

/* ln(1 + x) for x >= 0. */
ALWAYS real log1p_of(real x)
{
    const real u = R(1) + x;
    /* What rounding u lost of x. */
    const real lost = x < R(1) ? x - (u - R(1)) : R(1) - (u - x);
    bits k = (bits)((unsigned_bits)as_bits(u) >> MANTISSA) - BIAS;
    real m = as_real((bits)((unsigned_bits)as_bits(u) - ((unsigned_bits)k << MANTISSA)));
    const bits far = m > R(1.4142135623730951) ? 1 : 0;
    m = far ? m * R(0.5) : m;
    k += far;
    const real f = k == 0 ? x : m - R(1);
    const real correction = k == 0 ? R(0) : lost / u;
    const real s = f / (R(2) + f), z = s * s;
#ifdef WIDE
    real p = 0.131148348695975;
    p = p * z + 0.13266048812203002;
    p = p * z + 0.15386342449645143;
    p = p * z + 0.18181793732111753;
    p = p * z + 0.22222222409750114;
    p = p * z + 0.2857142857072325;
    p = p * z + 0.40000000000001007;
    p = p * z + 0.6666666666666666;
#else
    real p = 0.23353427603651186f;
    p = p * z + 0.2854996859130847f;
    p = p * z + 0.4000012942695626f;
    p = p * z + 0.6666666654512713f;
#endif
    const real n = as_real(k + as_bits(TO_INTEGER)) - TO_INTEGER;
    /* The last term is 0, or NaN where u is not finite. */
    const real found = n * LN2_HIGH + (R(2) * s + (s * z * p + (n * LN2_LOW + correction))) + (u - u);
    return u == R(1) ? x : found;
}

/* tanh(x) for x >= 0, and exp(-2 x): near 0 by a Pade quotient (Lambert's continued fraction), else 1 - 2 e / (1 + e). */
ALWAYS real tanh_of_size(real x, real *e)
{
    const real z = x * x;
    *e = exp_of(R(-2) * x);
#ifdef WIDE
    real p = -1.7619065238112858e-08, q = 0.0002553002553002553;
    p = p * z + -0.0002442002442002442;
    p = p * z + -0.02142857142857143;
    q = q * z + 0.02454212454212454;
    q = q * z + 0.4642857142857143;
#else
    real p = -0.014814814814814815f, q = 0.015873015873015872f;
    q = q * z + 0.4444444444444444f;
#endif
    p = p * z + R(-0.3333333333333333);
    q = q * z + R(1);
    const int near = x < R(0.55);
    return (near ? x : R(1)) + (near ? x * z * p : R(-2) * *e) / (near ? q : R(1) + *e);
}

ALWAYS real with_sign(real size, real x)
{
    return as_real((bits)((unsigned_bits)as_bits(size) | ((unsigned_bits)as_bits(x) & SIGN)));
}

/* sin(x) and cos(x), in double: x = n pi/2 + r, exactly enough for |x| up to SINE_LARGEST. */
#define SINE_LARGEST 1.0e7

ALWAYS double sine_of(double x, double *cosine)
{
    const double to_integer = 6755399441055744.0;
    const double shifted = x * 0.6366197723675814 + to_integer;
    const double k = shifted - to_integer;
    uint64_t n;
    memcpy(&n, &shifted, sizeof n);
    const double r = ((x - k * 1.570796325802803) - k * 9.920935739593517e-10) - k * 5.721188726109832e-18;
    const double z = r * r;
    double s = 1.5917848524808262e-10;
    s = s * z + -2.5051127944014188e-08;
    s = s * z + 2.755731608381636e-06;
    s = s * z + -0.00019841269836722418;
    s = s * z + 0.008333333333330925;
    s = s * z + -0.16666666666666666;
    s = r + r * z * s;
    double c = -1.1382456778061306e-11;
    c = c * z + 2.0876143827993133e-09;
    c = c * z + -2.7557317260008837e-07;
    c = c * z + 2.480158729874307e-05;
    c = c * z + -0.0013888888888887382;
    c = c * z + 0.041666666666666664;
    c = 1.0 - (0.5 * z - z * z * c);
    const double sine = n & 1 ? c : s, other = n & 1 ? s : c;
    *cosine = (n + 1) & 2 ? -other : other;
    return n & 2 ? -sine : sine;
}

#endif
