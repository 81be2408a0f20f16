/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A right taken away by one thread is gone for all others when mprotect returns: writers count in a page whenever
 * they can; while the page is read-only its counter must stand still, whatever processor they run on.
 */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { WRITERS = 3, ROUNDS = 150 };

static volatile uint64_t *page;
static volatile bool stop;
static _Atomic uint64_t refused, written;

static __thread sigjmp_buf retry;
static __thread uint64_t count;

static void on_segv(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    if (info->si_code != SEGV_ACCERR || (unsigned long)info->si_addr / PAGE != (unsigned long)page / PAGE)
        fail("threads", "expected an access error at %p, saw code %d at %p", (void *)page, info->si_code, info->si_addr);
    refused++;
    siglongjmp(retry, 1);
}

static void *writer(void *argument)
{
    uint64_t index = (uint64_t)argument;

    if (sigsetjmp(retry, 1))
        sched_yield();
    while (!stop) {
        page[index * 8] = ++count;
        written++;
        if (count % 512 == 0)
            sched_yield();
    }
    return 0;
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    pthread_t threads[WRITERS];

    page = must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    must(sigaction(SIGSEGV, &action, 0));
    for (uint64_t i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], 0, writer, (void *)i);

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t before[WRITERS];
        uint64_t refused_before = refused;
        uint64_t written_before = written;

        /* Let somebody write, take the right away, look twice with somebody refused in between. */
        while (written == written_before)
            sched_yield();
        must(mprotect((void *)page, PAGE, round % 4 ? PROT_READ : PROT_READ | PROT_EXEC));
        for (unsigned i = 0; i < WRITERS; i++)
            before[i] = page[i * 8];
        /* Looked at all the time: writers that are never refused would let it wait for ever. */
        do {
            sched_yield();
            for (unsigned i = 0; i < WRITERS; i++)
                expect_equal("threads", "counter of a read-only page", before[i], page[i * 8]);
        } while (refused == refused_before);
        must(mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE));
    }
    stop = true;
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(threads[i], 0);
    ok("threads", "%d rounds against %d writers, %lu refused writes", ROUNDS, WRITERS, (unsigned long)refused);
    return 0;
}
