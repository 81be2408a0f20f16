/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How all measurements are taken, after lmbench: enough repetitions that the clock does not matter, a warm-up, then
 * several samples, of which the median and the best are printed, in nanoseconds per operation:
 *
 *   bench <name> <median> best <best>
 */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 15 };
static const int64_t sample_ns = 10000000;

static inline int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void must(int condition, const char *what)
{
    if (!condition) {
        perror(what);
        exit(1);
    }
}

static inline int by_size(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

/* run does so many operations and returns how long they took. */
static inline int measure(const char *name, int64_t (*run)(uint64_t count))
{
    double samples[SAMPLES];
    uint64_t count = 1;
    int64_t took;

    /* Twice in a row, because a first run may have been long only for being the first. */
    while ((took = run(count)) < sample_ns || (took = run(count)) < sample_ns) {
        uint64_t wanted = took > sample_ns / 100 ? count * sample_ns / took + 1 : count * 10;

        count = wanted > count ? wanted : count + 1;
    }
    for (unsigned i = 0; i < SAMPLES; i++)
        samples[i] = (double)run(count) / count;
    qsort(samples, SAMPLES, sizeof *samples, by_size);
    printf("bench %s %.1f best %.1f\n", name, samples[SAMPLES / 2], samples[0]);
    return 0;
}

#endif
