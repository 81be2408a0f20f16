/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench [-q] [-i] [-t MILLISECONDS] [-n SAMPLES] NAME: one measurement; bench -l: their names.
 *
 *   -q  a short run    -i  count instructions: fixed numbers of operations, and the TSC as the clock (under QEMU's
 *                          '-icount shift=0' it advances by one with each instruction)
 *
 * Prints one line for the program that compares: "bench " and a JSON object.
 */
#include "bench.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <x86intrin.h>

enum { MOST_SAMPLES = 64, MOST_COUNTERS = 64, TABLE = 2 << 20 };

uint64_t work;
bool quick;

static bool instructions;
static int64_t sample_ns = 20000000;
static unsigned sample_count = 11;

static const struct benchmark *const groups[] = {
    syscall_benchmarks, signal_benchmarks,  transfer_benchmarks,  context_benchmarks, memory_benchmarks,
    process_benchmarks, file_benchmarks, processor_benchmarks, job_benchmarks,
};

int64_t now(void)
{
    struct timespec t;

    if (instructions)
        return __rdtsc();
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/*
 * The next mapping ends where a page table of the last level begins, wherever the stack has come to lie: how many tables
 * an operation meets, and how many pages come with one that is missed, is not left to chance.
 */
static void align_mappings(void)
{
    char *page = mmap(0, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t rest = (uintptr_t)page % TABLE;

    must(page != MAP_FAILED, "mmap");
    if (rest != 0)
        must(mmap(0, rest, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == page - rest, "mappings do not grow downwards");
}

/* The counters of Linux on Pecan: lines "name value". Natively there are none. */
struct counters {
    unsigned count;
    char name[MOST_COUNTERS][24];
    uint64_t value[MOST_COUNTERS];
};

static void read_counters(struct counters *counters)
{
    FILE *file = fopen("/sys/kernel/debug/l4/counters", "r");

    counters->count = 0;
    if (!file)
        return;
    for (unsigned i = 0; i < MOST_COUNTERS && fscanf(file, "%23s %lu", counters->name[i], &counters->value[i]) == 2;)
        counters->count = ++i;
    fclose(file);
}

static void print_counters(const struct counters *before, const struct counters *after)
{
    printf(", \"counters\": {");
    for (unsigned i = 0; i < after->count; i++)
        printf("%s\"%s\": %ld", i ? ", " : "", after->name[i], (long)(after->value[i] - before->value[i]));
    printf("}");
}

static int by_value(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

/* How many operations fill a sample. Twice in a row, since a first run may have been long only for being the first. */
static uint64_t calibrate(const struct benchmark *benchmark)
{
    uint64_t most = benchmark->most ? benchmark->most : UINT64_MAX, count = 1;
    int64_t took;

    if (instructions)
        return benchmark->fixed;
    while (count < most && ((took = benchmark->run(count)) < sample_ns || (took = benchmark->run(count)) < sample_ns)) {
        uint64_t wanted = took > sample_ns / 100 ? count * sample_ns / took + 1 : count * 10;

        count = wanted > count ? wanted : count + 1;
    }
    return count < most ? count : most;
}

static double result(const struct benchmark *benchmark, double per_operation)
{
    if (instructions)
        return per_operation;
    if (benchmark->bytes)
        return benchmark->bytes * 1e3 / per_operation;
    return benchmark->per_minute ? 60e9 / per_operation : per_operation;
}

static const char *unit(const struct benchmark *benchmark)
{
    if (instructions)
        return "instructions";
    return benchmark->bytes ? "MB/s" : benchmark->per_minute ? "jobs/min" : "ns";
}

static void measure(const struct benchmark *benchmark)
{
    static struct counters before, after;
    double samples[MOST_SAMPLES];
    uint64_t count, proof;

    if (benchmark->prepare)
        benchmark->prepare();
    if (!benchmark->whole)
        benchmark->run(benchmark->fixed);
    proof = work;
    count = benchmark->whole ? 1 : calibrate(benchmark);
    read_counters(&before);
    for (unsigned i = 0; i < sample_count; i++) {
        samples[i] = result(benchmark, (double)benchmark->run(count) / count);
        if (benchmark->whole && i == 0)
            proof = work;
    }
    read_counters(&after);
    if (benchmark->finish)
        benchmark->finish();

    qsort(samples, sample_count, sizeof *samples, by_value);
    printf("bench {\"name\": \"%s\", \"unit\": \"%s\"", benchmark->name, unit(benchmark));
    printf(", \"median\": %.2f, \"best\": %.2f", samples[sample_count / 2],
           benchmark->bytes || benchmark->per_minute ? samples[sample_count - 1] : samples[0]);
    printf(", \"operations\": %lu, \"work\": %lu", sample_count * count, proof);
    print_counters(&before, &after);
    if (benchmark->more)
        benchmark->more();
    printf("}\n");
}

static const struct benchmark *find(const char *name)
{
    for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const struct benchmark *b = groups[i]; b->name; b++)
            if (strcmp(b->name, name) == 0)
                return b;
    fprintf(stderr, "bench: there is no %s\n", name);
    exit(2);
}

static void list(void)
{
    for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const struct benchmark *b = groups[i]; b->name; b++)
            printf("%s %s\n", b->name, b->whole ? "job" : b->sleeps ? "sleep" : "operation");
}

int main(int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "qilt:n:")) != -1) {
        switch (option) {
        case 'q':
            quick = true;
            break;
        case 'i':
            instructions = true;
            break;
        case 'l':
            list();
            return 0;
        case 't':
            sample_ns = atol(optarg) * 1000000;
            break;
        case 'n':
            sample_count = atoi(optarg);
            break;
        default:
            return 2;
        }
    }
    must(optind + 1 == argc && sample_count > 0 && sample_count <= MOST_SAMPLES, "usage: see main.c");
    align_mappings();
    measure(find(argv[optind]));
    return 0;
}
