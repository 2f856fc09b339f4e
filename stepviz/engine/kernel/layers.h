/* The three products of a layer, over blocks of examples: forward, the error backward, and the gradient. */
#ifndef STEPVIZ_LAYERS_H
#define STEPVIZ_LAYERS_H

#include "numbers.h"

#define TILE 4

/* out[o] = start[o] + sum over i of w[i * in_stride + o * out_stride] * in[i], in this order, for `tile` of the outputs
 * and one part of a block. */
#define WEIGH(TILES, SPAN)                                                                                     \
    do {                                                                                                       \
        vec sum[TILES][SPAN];                                                                                  \
        _Pragma("GCC unroll 8") for (int t = 0; t < TILES; t++)                                                \
            _Pragma("GCC unroll 4") for (int s = 0; s < SPAN; s++)                                             \
                sum[t][s] = spread(start ? start[o + t] : R(0));                                               \
        const real *weight = w + o * out_stride;                                                               \
        for (int64_t i = 0; i < ins; i++, weight += in_stride) {                                               \
            vec in_part[SPAN];                                                                                 \
            _Pragma("GCC unroll 4") for (int s = 0; s < SPAN; s++)                                             \
                in_part[s] = *(const vec *)(in + i * LANES + (part + s) * WIDTH);                              \
            _Pragma("GCC unroll 8") for (int t = 0; t < TILES; t++)                                            \
            {                                                                                                  \
                const real factor = weight[t * out_stride];                                                    \
                _Pragma("GCC unroll 4") for (int s = 0; s < SPAN; s++)                                         \
                    sum[t][s] = sum[t][s] + in_part[s] * factor;                                               \
            }                                                                                                  \
        }                                                                                                      \
        _Pragma("GCC unroll 8") for (int t = 0; t < TILES; t++)                                                \
            _Pragma("GCC unroll 4") for (int s = 0; s < SPAN; s++)                                             \
                *(vec *)(out + (o + t) * LANES + (part + s) * WIDTH) = sum[t][s];                              \
    } while (0)

#if PARTS == 1
#define SPAN_OF 1
#define TILES_OF 8
#else
#define SPAN_OF 2
#define TILES_OF 4
#endif

static void weigh(const real *restrict w, int64_t in_stride, int64_t out_stride, const real *restrict start, int64_t ins,
                  int64_t outs, const real *restrict ins_at, real *restrict outs_at, int64_t blocks)
{
    for (int64_t block = 0; block < blocks; block++) {
        const real *in = ins_at + block * ins * LANES;
        real *out = outs_at + block * outs * LANES;
        for (int part = 0; part < PARTS; part += SPAN_OF) {
            int64_t o = 0;
            for (; o + TILES_OF <= outs; o += TILES_OF)
                WEIGH(TILES_OF, SPAN_OF);
            for (; o < outs; o++)
                WEIGH(1, SPAN_OF);
        }
    }
}

/* The halves of LANES partial sums added, and again, down to the last four (or two): lane l is what all lanes
 * l, l + QUAD, ... come to in a fixed tree. */
ALWAYS quad folded(const vec *sums)
{
    vec left[PARTS];
    for (int s = 0; s < PARTS; s++)
        left[s] = sums[s];
    for (int half = PARTS / 2; half; half /= 2)
        for (int s = 0; s < half; s++)
            left[s] = left[s] + left[s + half];
    quad pieces[VECTOR_BYTES / 16];
    memcpy(pieces, &left[0], sizeof left[0]);
    for (int half = VECTOR_BYTES / 32; half; half /= 2)
        for (int s = 0; s < half; s++)
            pieces[s] = pieces[s] + pieces[s + half];
    return pieces[0];
}

/* The sums of QUAD folded entries side by side. */
ALWAYS quad gathered(const quad *f)
{
#ifdef WIDE
    return (quad){f[0][0], f[1][0]} + (quad){f[0][1], f[1][1]};
#elif defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define SHUFFLED
    const quad a = __builtin_shufflevector(f[0], f[1], 0, 1, 4, 5) + __builtin_shufflevector(f[0], f[1], 2, 3, 6, 7);
    const quad b = __builtin_shufflevector(f[2], f[3], 0, 1, 4, 5) + __builtin_shufflevector(f[2], f[3], 2, 3, 6, 7);
    return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
#endif
#endif
#if !defined(WIDE) && !defined(SHUFFLED)
    quad sums;
    for (int t = 0; t < 4; t++)
        sums[t] = (f[t][0] + f[t][2]) + (f[t][1] + f[t][3]);
    return sums;
#endif
}

/* gradient[i * outs + o] = sum over examples of in[i] error[o]; with no `in`, the row of biases: the errors' sums. */
static void gradient_of(const real *restrict in, int64_t ins, const real *restrict error, int64_t outs, int64_t blocks,
                        real *restrict gradient)
{
    const int64_t entries = (in ? ins : 1) * outs;
    int64_t i = 0, o = 0;
    for (int64_t entry = 0; entry < entries; entry += TILE) {
        int64_t left[TILE], right[TILE];
        const int64_t count = entries - entry < TILE ? entries - entry : TILE;
        for (int t = 0; t < TILE; t++) {
            left[t] = i * LANES;
            right[t] = o * LANES;
            if (t + 1 < count && ++o == outs)
                o = 0, i++;
        }
        if (++o == outs)
            o = 0, i++;
        vec sum[TILE][PARTS];
        for (int t = 0; t < TILE; t++)
            for (int s = 0; s < PARTS; s++)
                sum[t][s] = spread(R(0));
        for (int64_t block = 0; block < blocks; block++) {
            const real *e = error + block * outs * LANES;
            if (in) {
                const real *h = in + block * ins * LANES;
                for (int t = 0; t < TILE; t++)
                    for (int s = 0; s < PARTS; s++)
                        sum[t][s] = sum[t][s] + *(const vec *)(h + left[t] + s * WIDTH) *
                                                    *(const vec *)(e + right[t] + s * WIDTH);
            } else
                for (int t = 0; t < TILE; t++)
                    for (int s = 0; s < PARTS; s++)
                        sum[t][s] = sum[t][s] + *(const vec *)(e + right[t] + s * WIDTH);
        }
        quad pieces[TILE];
        for (int t = 0; t < TILE; t++)
            pieces[t] = folded(sum[t]);
        real found[TILE];
        for (int t = 0; t < TILE; t += QUAD) {
            const quad sums = gathered(pieces + t);
            memcpy(found + t, &sums, sizeof sums);
        }
        if (count == TILE)
            memcpy(gradient + entry, found, sizeof found);
        else
            for (int t = 0; t < count; t++)
                gradient[entry + t] = found[t];
    }
}

#endif
