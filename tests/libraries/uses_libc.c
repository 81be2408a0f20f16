/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program asks of its C library and its loader: built against each library, static and dynamic, and once for
 * AVX2. Threads with thread-local data, a constructor, relocations, big and small allocations, floating point, stdio,
 * processes, a vector loop that is right while others use the registers too.
 */
#include "../programs/check.h"

#include <math.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/syscall.h>

enum { THREADS = 6, NUMBERS = 4096, ROUNDS = 60 };

static bool constructed;
static __thread unsigned long own = 17;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static unsigned long shared;

__attribute__((constructor)) static void construct(void)
{
    constructed = true;
}

static int compare(const void *a, const void *b)
{
    return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

typedef double lanes __attribute__((vector_size(32)));

/* As the C library's, but a call of a function would have its caller put the vector registers away before. */
static inline void yield(void)
{
    long call = SYS_sched_yield;

    asm volatile("syscall" : "+a"(call) : : "rcx", "r11", "memory");
}

/* The sums are in vector registers (of 32 bytes, with AVX) while others have the processor. */
__attribute__((noipa)) static double sum_of_squares(const double *numbers, unsigned count)
{
    lanes sums = {0};

    for (unsigned i = 0; i < count; i += 4) {
        lanes next;

        memcpy(&next, numbers + i, sizeof next);
        sums += next * next;
        if (i % 512 == 0)
            yield();
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}

static void *thread(void *argument)
{
    unsigned long number = (unsigned long)argument;
    double *numbers = malloc(NUMBERS * sizeof *numbers);

    expect_equal("threads", "fresh thread-local data", 17, own);
    own = number;
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < NUMBERS; i++)
        numbers[i] = i % 7 + number;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double expected = 0, seen = sum_of_squares(numbers, NUMBERS);

        for (unsigned i = 0; i < NUMBERS; i++)
            expected += (i % 7 + number) * (i % 7 + number);
        expect(seen == expected, "vectors", "thread %lu: expected %f, saw %f", number, expected, seen);
        pthread_mutex_lock(&lock);
        shared++;
        pthread_mutex_unlock(&lock);
    }
    expect_equal("threads", "thread-local data", number, own);
    free(numbers);
    return (void *)(number * number);
}

static void run_threads(void)
{
    pthread_t threads[THREADS];

    pthread_barrier_init(&barrier, 0, THREADS);
    for (unsigned long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, thread, (void *)(i + 100));
    for (unsigned long i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(threads[i], &result);
        expect_equal("threads", "result", (i + 100) * (i + 100), (unsigned long)result);
    }
    expect_equal("threads", "count under a mutex", THREADS * ROUNDS, shared);
    ok("threads", "%d, with thread-local data and vectors", THREADS);
}

static void allocate(void)
{
    enum { BLOCKS = 500 };
    unsigned char *blocks[BLOCKS];
    int numbers[1000];

    for (unsigned i = 0; i < BLOCKS; i++) {
        size_t size = i % 50 == 0 ? 300000 : 1 + i * 7;

        blocks[i] = malloc(size);
        memset(blocks[i], i, size);
    }
    for (unsigned i = 0; i < BLOCKS; i += 2)
        free(blocks[i]);
    for (unsigned i = 1; i < BLOCKS; i += 2) {
        expect_equal("allocate", "byte", i & 0xff, blocks[i][i * 7 - 1]);
        free(blocks[i]);
    }
    for (unsigned i = 0; i < 1000; i++)
        numbers[i] = (int)(i * 7919 % 1009);
    qsort(numbers, 1000, sizeof *numbers, compare);
    for (unsigned i = 1; i < 1000; i++)
        expect(numbers[i - 1] <= numbers[i], "sort", "expected order at %u", i);
    ok("allocate", "%d blocks, and a sort", BLOCKS);
}

/* Each shared library once, by its path; the loader is one of them. */
static void name_libraries(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[256], last[256] = "", names[400] = "";

    expect(maps, "libraries", "expected /proc/self/maps, saw %s", strerror(errno));
    while (fgets(line, sizeof line, maps)) {
        char *path = strchr(line, '/');

        line[strcspn(line, "\n")] = 0;
        if (!path || !strstr(path, ".so") || !strcmp(path, last))
            continue;
        strcpy(last, path);
        strcat(strcat(names, " "), path);
    }
    fclose(maps);
    ok("libraries", "%s", *names ? names + 1 : "none");
}

static void run_process(char *self)
{
    char *arguments[] = {self, "child", NULL};
    pid_t child;

    expect(posix_spawn(&child, self, NULL, NULL, arguments, environ) == 0, "spawn", "expected it to work");
    expect_child_passes("spawn", child);
    ok("spawn", "itself, with loader and libraries");
}

int main(int count, char **arguments)
{
    volatile double angle = 1.0;
    char text[64];

    expect(constructed, "start", "expected the constructor to have run");
    if (count > 1)
        return 0;
    snprintf(text, sizeof text, "%.10f", sin(angle) * sin(angle) + cos(angle) * cos(angle));
    expect(!strcmp(text, "1.0000000000"), "floating point", "expected 1.0000000000, saw %s", text);
#ifdef __AVX2__
    ok("start", "built for AVX2");
#else
    ok("start", "constructor and floating point");
#endif
    name_libraries();
    allocate();
    run_threads();
    run_process(arguments[0]);
    return 0;
}
