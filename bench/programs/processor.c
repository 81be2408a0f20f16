/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of the processor beside the system, and how late a sleeper wakes. */
#include "bench.h"

#include <time.h>

enum { ROUNDS = 1000 };

static int64_t run_int(uint64_t count)
{
    uint64_t x = 1;
    int64_t start = now();

    for (uint64_t i = 0; i < count * ROUNDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    work += x;
    return now() - start;
}

static int64_t run_fp(uint64_t count)
{
    double x = 1;
    int64_t start = now();

    for (uint64_t i = 0; i < count * ROUNDS; i++)
        x = x * 0.999 + 1 / (x + 1);
    work += (uint64_t)(x * 1e12);
    return now() - start;
}

/* How much later than asked for, after a millisecond. */
static int64_t run_sleep(uint64_t count)
{
    int64_t late = 0;

    for (uint64_t i = 0; i < count; i++) {
        int64_t due = now() + 1000000, waked;
        struct timespec t = {due / 1000000000, due % 1000000000};

        work += clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0) == 0;
        waked = now();
        must(waked >= due, "woken too early");
        late += waked - due;
    }
    return late;
}

const struct benchmark processor_benchmarks[] = {
    {"int-loop", run_int, .fixed = 500},
    {"fp-loop", run_fp, .fixed = 500},
    {"sleep-latency", run_sleep, .fixed = 20, .most = 20, .sleeps = true},
    {0},
};
