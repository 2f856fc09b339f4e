/* The numbers of one build of the kernel: their precision, the block of examples, and the processor's vectors.
 *
 * Examples lie along the vector: a layer's numbers are stored as [block][unit][lane], LANES examples in a block of 64
 * bytes. Every sum over examples has LANES partial sums, added up in one fixed order whatever the vectors' width. With
 * that, and without contraction (see below), every build gives the same bits.
 */
#ifndef STEPVIZ_NUMBERS_H
#define STEPVIZ_NUMBERS_H

#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__)
#error "fast-math changes results: compile without it"
#endif

#ifdef WIDE
typedef double real;
typedef int64_t bits;
typedef uint64_t unsigned_bits;
#define LANES 8
#else
typedef float real;
typedef int32_t bits;
typedef uint32_t unsigned_bits;
#define LANES 16
#endif

#define R(x) ((real)(x))
#define SIGN ((unsigned_bits)1 << (8 * sizeof(real) - 1))

/* Bytes of the processor's vectors: what the compiler was told to build for decides. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

typedef real vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef real quad __attribute__((vector_size(16), may_alias));
#define WIDTH ((int)(VECTOR_BYTES / sizeof(real)))
#define PARTS (64 / VECTOR_BYTES)
#define QUAD ((int)(16 / sizeof(real)))

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS vec spread(real x)
{
    vec v = {0};
    return v + x;
}

ALWAYS real as_real(bits i)
{
    real x;
    memcpy(&x, &i, sizeof x);
    return x;
}

ALWAYS bits as_bits(real x)
{
    bits i;
    memcpy(&i, &x, sizeof i);
    return i;
}

/* As NumPy's maximum, minimum and absolute: a NaN stays one. */
ALWAYS real above_zero(real x) { return x <= R(0) ? R(0) : x; }
ALWAYS real below_zero(real x) { return x >= R(0) ? R(0) : x; }
ALWAYS real size_of(real x) { return as_real((bits)((unsigned_bits)as_bits(x) & ~SIGN)); }

#endif
