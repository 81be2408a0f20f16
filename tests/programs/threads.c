/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads with thread-local storage: created and joined in numbers, each keeping its own. */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

static __thread uint64_t mine = 0x1111;
static __thread char buffer[300];

static void *keep_own(void *argument)
{
    uint64_t id = (uint64_t)argument;

    expect_equal("tls", "initial value", 0x1111, mine);
    for (unsigned i = 0; i < sizeof buffer; i++)
        expect_equal("tls", "initial buffer", 0, buffer[i]);
    mine = id;
    memset(buffer, (int)id, sizeof buffer);
    for (unsigned round = 0; round < 200; round++) {
        sched_yield();
        expect_equal("tls", "value", id, mine);
        expect_equal("tls", "buffer", (char)id & 0xff, buffer[299] & 0xff);
    }
    expect(gettid() != getpid(), "tls", "expected a thread id of its own");
    return (void *)(id * 3);
}

static void *return_it(void *argument)
{
    return argument;
}

int main(void)
{
    enum { TOGETHER = 16, STORM = 400 };
    pthread_t threads[TOGETHER];
    void *result;

    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < TOGETHER; i++)
            expect_equal("tls", "pthread_create", 0, pthread_create(&threads[i], 0, keep_own, (void *)(i + 10)));
        for (uint64_t i = 0; i < TOGETHER; i++) {
            pthread_join(threads[i], &result);
            expect_equal("tls", "result", (i + 10) * 3, (unsigned long)result);
        }
    }
    expect_equal("tls", "main's value", 0x1111, mine);
    ok("tls", "%d threads at once, 3 times", TOGETHER);

    for (uint64_t i = 0; i < STORM; i++) {
        expect_equal("storm", "pthread_create", 0, pthread_create(&threads[0], 0, return_it, (void *)i));
        pthread_join(threads[0], &result);
        expect_equal("storm", "result", i, (unsigned long)result);
    }
    ok("storm", "%d threads one after the other", STORM);
    return 0;
}
