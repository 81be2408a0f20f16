/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that map, unmap, protect, move, give up and fault the same ranges, and now and then a fork: tlb_stress
 * [SECONDS]. Each page that holds anything holds its own number, so a page in a wrong place is seen. Faults that the
 * others cause are expected.
 */
#include "check.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { THREADS = 4, PAGES = 48 };

static char *area;
static _Atomic bool stop;
static _Atomic unsigned long operations, faults;
static __thread sigjmp_buf retry;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    unsigned long at = (unsigned long)info->si_addr - (unsigned long)area;

    (void)context;
    if (at >= PAGES * PAGE)
        fail("stress", "expected faults in the area only, saw signal %d at %p", signal, info->si_addr);
    faults++;
    siglongjmp(retry, 1);
}

static unsigned next(unsigned *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void operate(unsigned *state)
{
    unsigned first = next(state) % PAGES, count = 1 + next(state) % 8;
    char *start = area + first * PAGE;
    size_t size;

    if (first + count > PAGES)
        count = PAGES - first;
    size = count * PAGE;
    switch (next(state) % 8) {
    case 0:
        must(mmap(start, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        break;
    case 1:
        must(munmap(start, size));
        break;
    case 2:
        mprotect(start, size, PROT_READ);
        break;
    case 3:
        mprotect(start, size, PROT_READ | PROT_WRITE);
        break;
    case 4:
        madvise(start, size, next(state) % 2 ? MADV_DONTNEED : MADV_FREE);
        break;
    default:
        for (unsigned page = first; page < first + count; page++) {
            volatile unsigned long *word = (unsigned long *)(area + page * PAGE);
            unsigned long seen;

            if (sigsetjmp(retry, 1))
                continue;
            seen = *word;
            expect(seen == 0 || seen == page + 1, "stress", "page %u: expected 0 or its own number, saw %#lx", page, seen);
            if (next(state) % 2)
                *word = page + 1;
        }
    }
    operations++;
}

static void *worker(void *argument)
{
    unsigned state = (unsigned long)argument;

    while (!stop)
        operate(&state);
    return 0;
}

int main(int count, char **arguments)
{
    int64_t until = now_ns(CLOCK_MONOTONIC) + (count > 1 ? atoi(arguments[1]) : 2) * 1000000000LL;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    pthread_t threads[THREADS];
    unsigned forks = 0;

    must(sigaction(SIGSEGV, &action, 0));
    area = must(mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (unsigned long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, worker, (void *)(i + 1));
    while (now_ns(CLOCK_MONOTONIC) < until) {
        pid_t child;

        usleep(20000);
        child = must(fork());
        if (child == 0) {
            unsigned state = forks;

            for (unsigned i = 0; i < 20; i++)
                operate(&state);
            _exit(0);
        }
        expect_child_passes("stress", child);
        forks++;
    }
    stop = true;
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    ok("stress", "%lu operations, %lu faults, %u forks", (unsigned long)operations, (unsigned long)faults, forks);
    return 0;
}
