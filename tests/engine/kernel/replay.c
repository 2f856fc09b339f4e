/* Runs the kernel without Python: reads a plan and its arrays, does the updates, writes what has become of them.
 *
 * replay BUILD FILE > RESULT. The file: wide, count, then plan, progress and arrays, each behind its number of bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include "plan.h"

int64_t stepviz_builds(void);
const char *stepviz_build_name(int64_t number);
int64_t stepviz_room(int64_t number, int64_t wide, run_plan *plan);
int64_t stepviz_train(int64_t number, int64_t wide, const run_plan *const *plans, int64_t runs, progress *at,
                      int64_t count);

static void *next(FILE *file, int64_t *size)
{
    int64_t bytes;
    if (fread(&bytes, sizeof bytes, 1, file) != 1)
        exit(3);
    /* No more than is needed, so that a sanitizer sees whoever reads beyond. */
    void *place = malloc(bytes ? bytes : 1);
    if (!place || fread(place, 1, bytes, file) != (size_t)bytes)
        exit(4);
    if (size)
        *size = bytes;
    return place;
}

int main(int argc, char **argv)
{
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    FILE *file = argc == 3 ? fopen(argv[2], "rb") : 0;
    if (!file)
        return 2;
    int64_t number = 0, state_bytes, gradient_bytes;
    for (int64_t i = 0; i < stepviz_builds(); i++)
        if (!strcmp(stepviz_build_name(i), argv[1]))
            number = i;
    const int64_t *numbers = next(file, 0);
    const int64_t wide = numbers[0], count = numbers[1];
    run_plan *plan = next(file, 0);
    progress *at = next(file, 0);
    plan->layer = next(file, 0);
    plan->inputs = next(file, 0);
    plan->targets = next(file, 0);
    plan->state = next(file, &state_bytes);
    plan->gradient = next(file, &gradient_bytes);
    plan->zeros = next(file, 0);
    at->orders = next(file, 0);
    at->recent = next(file, 0);
    at->seen_ring = next(file, 0);
    plan->work = 0;
    const int64_t room = stepviz_room(number, wide, plan);
    char *work = malloc(room + 64);
    plan->work = work + (64 - (uintptr_t)work % 64) % 64;
    const run_plan *plans[] = {plan};
    const int64_t done = stepviz_train(number, wide, plans, 1, at, count);
    fwrite(&done, sizeof done, 1, stdout);
    fwrite(plan->state, 1, state_bytes, stdout);
    fwrite(plan->gradient, 1, gradient_bytes, stdout);
    return 0;
}
