/* A loop written by hand for one network, 2-8-8-1 with tanh, cross-entropy and Adam: the limit that `stepviz bench`
 * compares the compiled step with. Examples lie along the vector, all sizes are constants, nothing is kept for a step
 * back, and the order of sums is the compiler's.
 */
#include <math.h>
#include <stdint.h>

#define N 8
#define P (3 * N + 9 * N + N + 1)

static inline float exponential(float x)
{
    x = x > 80.0f ? 80.0f : (x < -80.0f ? -80.0f : x);
    float k = x * 1.44269504f + 12582912.0f;
    union { float f; int32_t i; } bits = {k}, power;
    k -= 12582912.0f;
    float r = x - k * 0.693115234f - k * 3.19461850e-5f;
    float q = 1.0f + r * (1.0f + r * (0.5f + r * (0.16666667f + r * (0.041666667f + r * (0.0083333f + r * 0.0013889f)))));
    power.i = (bits.i - 0x4b400000 + 127) << 23;
    return q * power.f;
}

static void layer(int ins, int outs, const float *w, float in[][BATCH], float out[][BATCH])
{
    for (int j = 0; j < outs; j++) {
        for (int b = 0; b < BATCH; b++)
            out[j][b] = w[ins * outs + j];
        for (int i = 0; i < ins; i++)
            for (int b = 0; b < BATCH; b++)
                out[j][b] += w[i * outs + j] * in[i][b];
    }
}

static void back(int ins, int outs, const float *w, float in[][BATCH], float delta[][BATCH], float *g, float below[][BATCH])
{
    for (int i = 0; i < ins; i++)
        for (int j = 0; j < outs; j++) {
            float sum = 0;
            for (int b = 0; b < BATCH; b++)
                sum += in[i][b] * delta[j][b];
            g[i * outs + j] = sum;
        }
    for (int j = 0; j < outs; j++) {
        float sum = 0;
        for (int b = 0; b < BATCH; b++)
            sum += delta[j][b];
        g[ins * outs + j] = sum;
    }
    if (below)
        for (int i = 0; i < ins; i++) {
            for (int b = 0; b < BATCH; b++)
                below[i][b] = 0;
            for (int j = 0; j < outs; j++)
                for (int b = 0; b < BATCH; b++)
                    below[i][b] += w[i * outs + j] * delta[j][b];
        }
}

static void squash(float z[][BATCH], float h[][BATCH], float d[][BATCH])
{
    for (int j = 0; j < N; j++)
        for (int b = 0; b < BATCH; b++) {
            const float t = 1.0f - 2.0f / (exponential(2.0f * z[j][b]) + 1.0f);
            h[j][b] = t;
            d[j][b] = 1.0f - t * t;
        }
}

/* `order` has a row of indices for each step. */
void reference_loop(int64_t steps, float *w, float *m, float *v, const float *x, const float *y, const int64_t *order)
{
    static _Thread_local float in[2][BATCH], z[N][BATCH], h1[N][BATCH], d1[N][BATCH], h2[N][BATCH], d2[N][BATCH];
    static _Thread_local float out[1][BATCH], below[N][BATCH], g[P];
    float *w2 = w + 3 * N, *w3 = w2 + 9 * N;
    for (int64_t step = 0; step < steps; step++, order += BATCH) {
        float target[BATCH];
        for (int b = 0; b < BATCH; b++) {
            in[0][b] = x[order[b] * 3];
            in[1][b] = x[order[b] * 3 + 1];
            target[b] = y[order[b]];
        }
        layer(2, N, w, in, z);
        squash(z, h1, d1);
        layer(N, N, w2, h1, z);
        squash(z, h2, d2);
        layer(N, 1, w3, h2, out);
        for (int b = 0; b < BATCH; b++)
            out[0][b] = (1.0f / (1.0f + exponential(-out[0][b])) - target[b]) * (1.0f / BATCH);
        back(N, 1, w3, h2, out, g + 12 * N, below);
        for (int j = 0; j < N; j++)
            for (int b = 0; b < BATCH; b++)
                below[j][b] *= d2[j][b];
        back(N, N, w2, h1, below, g + 3 * N, z);
        for (int j = 0; j < N; j++)
            for (int b = 0; b < BATCH; b++)
                z[j][b] *= d1[j][b];
        back(2, N, w, in, z, g, 0);
        const float c1 = 0.01f / (1.0f - powf(0.9f, step + 1.0f)), c2 = 1.0f / (1.0f - powf(0.999f, step + 1.0f));
        for (int i = 0; i < P; i++) {
            m[i] = 0.9f * m[i] + 0.1f * g[i];
            v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
            w[i] -= c1 * m[i] / (sqrtf(v[i] * c2) + 1e-8f);
        }
    }
}
