/* SPDX-License-Identifier: BSD-2-Clause */
/* Vector, x87 and control state of several processes and threads survives yields, ticks, sleeps and page faults. */
#include "fpu.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static enum width width;

GENERAL_ONLY static long raw_syscall(long number, long a, long b)
{
    long result;

    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(0) : "rcx", "r11", "memory");
    return result;
}

struct pause {
    unsigned round;
    volatile char *fresh;
};

/* Pass the processor on in every way there is. */
GENERAL_ONLY static void let_others_run(void *argument)
{
    static const struct timespec nap = {0, 200000};
    const struct pause *pause = argument;

    switch (pause->round % 4) {
    case 0:
        raw_syscall(SYS_sched_yield, 0, 0);
        break;
    case 1: /* until a tick comes by itself */
        for (volatile unsigned i = 0; i < 100000; i++) {
        }
        break;
    case 2:
        raw_syscall(SYS_nanosleep, (long)&nap, 0);
        break;
    case 3:
        pause->fresh[pause->round % 64 * PAGE] = 1;
        raw_syscall(SYS_getppid, 0, 0);
        break;
    }
}

static void spin(const char *name, uint64_t seed, unsigned rounds)
{
    struct fpu_state wanted, seen;
    char *fresh = must(mmap(0, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

    for (unsigned round = 0; round < rounds; round++) {
        make_state(&wanted, seed * 1000 + round);
        memset(&seen, 0, sizeof seen);
        carry_state(&wanted, &seen, width, let_others_run, &(struct pause){round, fresh});
        expect_state(name, &wanted, &seen, width);
        if (round % 64 == 63)
            must(madvise(fresh, 64 * PAGE, MADV_DONTNEED));
    }
    must(munmap(fresh, 64 * PAGE));
}

static void *thread(void *argument)
{
    spin("threads", (uint64_t)argument, 200);
    return 0;
}

GENERAL_ONLY static void fork_raw(void *child)
{
    *(long *)child = raw_syscall(SYS_fork, 0, 0);
}

/* A child begins with its parent's state. */
static void check_fork(void)
{
    struct fpu_state wanted, seen;
    long child;

    make_state(&wanted, 77);
    memset(&seen, 0, sizeof seen);
    carry_state(&wanted, &seen, width, fork_raw, &child);
    expect_state(child ? "fork, parent" : "fork, child", &wanted, &seen, width);
    if (child == 0)
        _exit(0);
    expect_child_passes("fork", child);
    ok("fork", "both sides have the parent's state");
}

int main(void)
{
    enum { NUMBER = 5 };
    pid_t children[NUMBER];
    pthread_t threads[NUMBER];

    width = vector_width();
    spin("alone", 9, 40);
    ok("alone", "vector registers of %d bits", width * 8);
    for (uint64_t i = 0; i < NUMBER; i++) {
        children[i] = must(fork());
        if (children[i] == 0) {
            spin("processes", i + 10, 200);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < NUMBER; i++)
        expect_child_passes("processes", children[i]);
    ok("processes", "%d at once", NUMBER);
    for (uint64_t i = 0; i < NUMBER; i++)
        pthread_create(&threads[i], 0, thread, (void *)(i + 20));
    for (unsigned i = 0; i < NUMBER; i++)
        pthread_join(threads[i], 0);
    ok("threads", "%d at once", NUMBER);
    check_fork();
    return 0;
}
