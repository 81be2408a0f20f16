/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks never go back: in one thread, between threads on all processors, between the vdso and the kernel. */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static int64_t kernel_ns(clockid_t clock)
{
    struct timespec t;

    must(syscall(SYS_clock_gettime, clock, &t));
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void check_one(const char *name, clockid_t clock, bool coarse)
{
    int64_t before = kernel_ns(clock), last = before;
    unsigned steps = 0;

    for (unsigned i = 0; i < 20000; i++) {
        int64_t t = i % 16 ? now_ns(clock) : kernel_ns(clock);

        expect(t >= last, name, "expected at least %ld, saw %ld", (long)last, (long)t);
        steps += t > last;
        last = t;
    }
    expect(coarse || steps > 15000, name, "expected the clock to advance, saw %u steps in 20000 looks", steps);
    ok(name, "never back, %u steps in 20000 looks, %ld ns each", steps, (long)(last - before) / 20000);
}

static _Atomic int64_t latest;
static atomic_bool stop;

static void *watch(void *argument)
{
    long processor = (long)argument;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    must(sched_setaffinity(0, sizeof set, &set));
    while (!stop) {
        int64_t seen = latest, t = now_ns(CLOCK_MONOTONIC);

        expect(t >= seen, "processors", "expected at least %ld, which another thread saw before, saw %ld", (long)seen, (long)t);
        while (seen < t && !atomic_compare_exchange_weak(&latest, &seen, t)) {
        }
    }
    return 0;
}

int main(void)
{
    long number = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[64];
    int64_t wall, mono;

    check_one("monotonic", CLOCK_MONOTONIC, false);
    check_one("realtime", CLOCK_REALTIME, false);
    check_one("boottime", CLOCK_BOOTTIME, false);
    check_one("monotonic raw", CLOCK_MONOTONIC_RAW, false);
    check_one("monotonic coarse", CLOCK_MONOTONIC_COARSE, true);

    for (long i = 0; i < number && i < 64; i++)
        expect_equal("processors", "pthread_create", 0, pthread_create(&threads[i], 0, watch, (void *)i));
    usleep(100000);
    stop = true;
    for (long i = 0; i < number && i < 64; i++)
        pthread_join(threads[i], 0);
    ok("processors", "%ld agree", number);

    /* Two clocks agree how long 200 ms are. */
    wall = now_ns(CLOCK_REALTIME);
    mono = now_ns(CLOCK_MONOTONIC);
    usleep(200000);
    mono = now_ns(CLOCK_MONOTONIC) - mono;
    wall = now_ns(CLOCK_REALTIME) - wall;
    expect(wall - mono < 2000000 && mono - wall < 2000000, "agreement", "expected realtime %ld and monotonic %ld to agree",
           (long)wall, (long)mono);
    ok("agreement", "%ld us and %ld us", (long)wall / 1000, (long)mono / 1000);
    wall = time(0);
    expect(wall > 1700000000, "wall clock", "expected a date after 2023, saw %ld", (long)wall);
    ok("wall clock", "%ld", (long)wall);
    return 0;
}
