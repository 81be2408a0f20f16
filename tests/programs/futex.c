/* SPDX-License-Identifier: BSD-2-Clause */
/* Futexes: contended mutex, condition-variable ping-pong, between processes, time-outs, on a page about to be copied. */
#include "pattern.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>

enum { WAIT = 0, WAKE = 1, CMP_REQUEUE = 4 };

static long futex(volatile int *word, int operation, int value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, 0, 0);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t count;
static int turn;

static void *contend(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 20000; i++) {
        pthread_mutex_lock(&lock);
        count++;
        if (i % 64 == 0)
            sched_yield(); /* somebody else finds the lock taken */
        pthread_mutex_unlock(&lock);
    }
    return 0;
}

static void *ping_pong(void *argument)
{
    int me = (int)(intptr_t)argument;

    for (unsigned i = 0; i < 2000; i++) {
        pthread_mutex_lock(&lock);
        while (turn != me)
            pthread_cond_wait(&changed, &lock);
        turn = !me;
        count++;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
    }
    return 0;
}

static void run_threads(void *(*body)(void *), unsigned number)
{
    pthread_t threads[8];

    count = 0;
    for (uint64_t i = 0; i < number; i++)
        expect_equal("threads", "pthread_create", 0, pthread_create(&threads[i], 0, body, (void *)i));
    for (unsigned i = 0; i < number; i++)
        pthread_join(threads[i], 0);
}

static void *broadcast_waiter(void *argument)
{
    sem_t *ready = argument;

    pthread_mutex_lock(&lock);
    sem_post(ready);
    while (turn != 7)
        pthread_cond_wait(&changed, &lock);
    count++;
    pthread_mutex_unlock(&lock);
    return 0;
}

static void check_broadcast(void)
{
    pthread_t threads[8];
    sem_t ready;

    count = turn = 0;
    sem_init(&ready, 0, 0);
    for (unsigned i = 0; i < 8; i++)
        pthread_create(&threads[i], 0, broadcast_waiter, &ready);
    for (unsigned i = 0; i < 8; i++)
        sem_wait(&ready);
    pthread_mutex_lock(&lock);
    turn = 7;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (unsigned i = 0; i < 8; i++)
        pthread_join(threads[i], 0);
    expect_equal("broadcast", "threads woken", 8, count);
    ok("broadcast", "8 threads woken");
}

static void check_processes(void)
{
    volatile int *words = (int *)map_pages(1, MAP_SHARED | MAP_ANONYMOUS, -1);
    pid_t child = must(fork());

    for (int i = 0; i < 500; i++) {
        int mine = child == 0;

        while (words[0] % 2 != mine)
            futex(&words[0], WAIT, !mine + (words[0] & ~1), 0);
        words[1]++;
        __atomic_add_fetch(&words[0], 1, __ATOMIC_SEQ_CST);
        futex(&words[0], WAKE, 1, 0);
    }
    if (child == 0)
        _exit(0);
    expect_child_passes("processes", child);
    expect_equal("processes", "turns", 1000, words[1]);
    ok("processes", "1000 turns over a shared page");
}

static void check_timeout(void)
{
    struct timespec wait = {0, 20000000};
    volatile int word = 3;
    int64_t start = now_ns(CLOCK_MONOTONIC), took;

    expect(futex(&word, WAIT, 3, &wait) == -1 && errno == ETIMEDOUT, "timeout", "expected ETIMEDOUT, saw %s", strerror(errno));
    took = now_ns(CLOCK_MONOTONIC) - start;
    expect(took >= 20000000, "timeout", "expected at least 20 ms, saw %ld ns", (long)took);
    expect(futex(&word, WAIT, 4, &wait) == -1 && errno == EAGAIN, "wrong value", "expected EAGAIN, saw %s", strerror(errno));
    expect(futex((int *)0x10, WAIT, 4, &wait) == -1 && errno == EFAULT, "bad address", "expected EFAULT, saw %s",
           strerror(errno));
    ok("timeout", "after %ld us; wrong value and bad address refused", (long)took / 1000);
}

/* The kernel changes a futex word in memory that a child shares: an atomic operation on a page still to be copied. */
static void check_wake_op(void)
{
    volatile int *words = (int *)map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    const int set_to_5 = 0 << 28 | 0 << 24 | 5 << 12 | 0;
    pid_t child;

    words[0] = 1;
    words[1] = 2;
    child = must(fork());
    if (child == 0) {
        usleep(10000);
        expect_equal("wake op", "child's word", 2, words[1]);
        _exit(0);
    }
    must(syscall(SYS_futex, &words[0], 5, 1, 1, &words[1], set_to_5));
    expect_equal("wake op", "word", 5, words[1]);
    expect_child_passes("wake op", child);
    ok("wake op", "the kernel's store broke the sharing");
}

int main(void)
{
    run_threads(contend, 4);
    expect_equal("mutex", "count", 80000, count);
    ok("mutex", "4 threads, 80000 increments");
    run_threads(ping_pong, 2);
    expect_equal("condition", "count", 4000, count);
    ok("condition", "4000 turns");
    check_broadcast();
    check_processes();
    check_timeout();
    check_wake_op();
    return 0;
}
