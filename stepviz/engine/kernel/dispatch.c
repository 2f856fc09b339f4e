/* What Python calls: the best build of the kernel for this processor, and what it covers, by name. */
#include "plan.h"
#include "tables.h"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

typedef int64_t room_function(run_plan *);
typedef int64_t train_function(const run_plan *, progress *, int64_t);
typedef void units_function(int64_t, const void *, void *, void *, int64_t, double, double);
typedef void losses_function(const run_plan *, const void *, const void *, const void *, const double *, int64_t, void *,
                             void *);

#define BUILD(level)                                             \
    room_function stepviz_f32_room_##level, stepviz_f64_room_##level; \
    train_function stepviz_f32_train_##level, stepviz_f64_train_##level;  \
    units_function stepviz_f32_units_##level, stepviz_f64_units_##level; \
    losses_function stepviz_f32_losses_##level, stepviz_f64_losses_##level;
#define BUILD_ENTRY(level)                                                                                    \
    {#level, {stepviz_f32_room_##level, stepviz_f64_room_##level}, {stepviz_f32_train_##level, stepviz_f64_train_##level}, \
     {stepviz_f32_units_##level, stepviz_f64_units_##level}, {stepviz_f32_losses_##level, stepviz_f64_losses_##level}},

typedef struct {
    const char *name;
    room_function *room[2];
    train_function *train[2];
    units_function *units[2];
    losses_function *losses[2];
} build;

#if defined(__x86_64__)
#include <cpuid.h>

BUILD(v2)
BUILD(v3)
BUILD(v4)
static const build BUILDS[] = {BUILD_ENTRY(v2) BUILD_ENTRY(v3) BUILD_ENTRY(v4)};

/* How many of the builds the processor and the system can run: vectors must be saved between processes, too. */
static int supported(void)
{
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_2))
        return 0;
    const unsigned needed = bit_OSXSAVE | bit_AVX | bit_FMA | bit_MOVBE | bit_F16C;
    if ((c & needed) != needed)
        return 1;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 6) != 6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return 1;
    const unsigned v3 = bit_AVX2 | bit_BMI | bit_BMI2;
    const unsigned v4 = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
    const unsigned seventh = b;
    if ((seventh & v3) != v3 || !__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & bit_LZCNT))
        return 1;
    return (low & 0xe6) == 0xe6 && (seventh & v4) == v4 ? 3 : 2;
}
#else
BUILD(base)
static const build BUILDS[] = {BUILD_ENTRY(base)};
static int supported(void) { return 1; }
#endif

/* The number of builds that this processor runs; 0 where it runs none. */
EXPORT int64_t stepviz_builds(void) { return supported(); }

EXPORT const char *stepviz_build_name(int64_t number) { return BUILDS[number].name; }

EXPORT int64_t stepviz_room(int64_t number, int64_t wide, run_plan *plan) { return BUILDS[number].room[wide](plan); }

/* Do up to `count` updates of every one of the runs, which all see the same batches, and return how many were done. */
EXPORT int64_t stepviz_train(int64_t number, int64_t wide, const run_plan *const *plans, int64_t runs, progress *at,
                             int64_t count)
{
    const progress start = *at;
    int64_t done = 0;
    for (int64_t run = 0; run < runs; run++) {
        progress own = start;
        done = BUILDS[number].train[wide](plans[run], run ? &own : at, count);
    }
    return done;
}

/* Fill the activations h and local derivatives d of `blocks` of 64 bytes of pre-activations z, aligned to as many. */
EXPORT void stepviz_units(int64_t number, int64_t wide, int64_t unit, const void *z, void *h, void *d, int64_t blocks,
                          double p0, double p1)
{
    BUILDS[number].units[wide](unit, z, h, d, blocks, p0, p1);
}

/* Losses and slopes at many points: see `losses` in step.c. */
EXPORT void stepviz_losses(int64_t number, int64_t wide, const run_plan *plan, const void *rows, const void *first,
                           const void *second, const double *points, int64_t count, void *losses, void *slopes)
{
    BUILDS[number].losses[wide](plan, rows, first, second, points, count, losses, slopes);
}

EXPORT int64_t stepviz_plan_bytes(void) { return sizeof(run_plan); }

EXPORT int64_t stepviz_layer_bytes(void) { return sizeof(layer_plan); }

EXPORT int64_t stepviz_progress_bytes(void) { return sizeof(progress); }

#define NAME_OF(name, ...) name " "
EXPORT const char *stepviz_tables(void)
{
    return UNITS(NAME_OF) "\n" RULES(NAME_OF) "\n" LOSSES(NAME_OF) "\n" OPTIMIZERS(NAME_OF) "\n" SCHEDULES(NAME_OF)
        "\n" SLOPES(NAME_OF) "\n" CLIPPINGS(NAME_OF);
}
