/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: nested, masked, queued in order, restarted system calls, on an alternate stack, in storms. */
#include "fault.h"

#include <pthread.h>
#include <sys/mman.h>

static volatile int depth, deepest, order[8], position;

static void on_nested(int signal)
{
    order[position++ % 8] = signal;
    depth++;
    deepest = depth > deepest ? depth : deepest;
    if (signal == SIGUSR1)
        raise(SIGUSR2);
    else if (signal == SIGUSR2)
        raise(SIGHUP);
    order[position++ % 8] = -signal;
    depth--;
}

static void check_nested(void)
{
    static const int signals[] = {SIGUSR1, SIGUSR2, SIGHUP};
    static const int expected[] = {SIGUSR1, SIGUSR2, SIGHUP, -SIGHUP, -SIGUSR2, -SIGUSR1};
    struct sigaction action = {.sa_handler = on_nested};

    for (unsigned i = 0; i < 3; i++)
        must(sigaction(signals[i], &action, 0));
    raise(SIGUSR1);
    expect_equal("nested", "depth", 3, deepest);
    for (unsigned i = 0; i < 6; i++)
        expect(order[i] == expected[i], "nested", "step %u: expected %d, saw %d", i, expected[i], order[i]);

    /* A mask in the action holds the inner one back until the handler is done. */
    sigaddset(&action.sa_mask, SIGUSR2);
    must(sigaction(SIGUSR1, &action, 0));
    position = deepest = 0;
    raise(SIGUSR1);
    expect(order[0] == SIGUSR1 && order[1] == -SIGUSR1 && order[2] == SIGUSR2, "masked", "expected USR2 behind USR1, saw %d %d %d",
           order[0], order[1], order[2]);
    ok("nested", "three deep; held back by a mask");
}

static void check_queue(void)
{
    sigset_t set;
    siginfo_t info;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, 0);
    for (int i = 0; i < 30; i++)
        must(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}));
    for (int i = 0; i < 30; i++) {
        expect_equal("queue", "signal", SIGRTMIN, sigwaitinfo(&set, &info));
        expect_equal("queue", "value", i, info.si_value.sival_int);
    }
    ok("queue", "30 values in order");
}

static volatile unsigned storms;

static void on_storm(int signal)
{
    (void)signal;
    storms++;
}

/* The reader's call is interrupted by each signal and must still return the byte. */
static void check_restart(bool restart)
{
    struct sigaction action = {.sa_handler = on_storm, .sa_flags = restart ? SA_RESTART : 0};
    int pair[2];
    char byte = 0;
    ssize_t length;
    pid_t child;

    storms = 0;
    must(sigaction(SIGUSR1, &action, 0));
    must(pipe(pair));
    child = must(fork());
    if (child == 0) {
        for (unsigned i = 0; i < 20; i++) {
            usleep(1000);
            kill(getppid(), SIGUSR1);
        }
        usleep(1000);
        _exit(write(pair[1], "x", 1) != 1);
    }
    if (restart) {
        length = read(pair[0], &byte, 1);
    } else {
        unsigned interrupted = 0;

        while ((length = read(pair[0], &byte, 1)) == -1 && errno == EINTR)
            interrupted++;
        expect(interrupted > 0, "interrupted", "expected EINTR");
    }
    expect(length == 1 && byte == 'x', "restart", "expected one byte, saw %zd", length);
    while (waitpid(child, 0, 0) == -1 && errno == EINTR) {
    }
    expect(storms > 0, "restart", "expected signals on the way");
    ok(restart ? "restart" : "interrupted", "%u signals", storms);
}

static volatile unsigned long handler_sp;

static void on_stack(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
    handler_sp = (unsigned long)__builtin_frame_address(0);
}

static void check_stack(void)
{
    struct sigaction action = {.sa_sigaction = on_stack, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t stack = {.ss_sp = map_anonymous(64 * 1024, PROT_READ | PROT_WRITE), .ss_size = 64 * 1024}, seen;
    unsigned long base = (unsigned long)stack.ss_sp;

    must(sigaltstack(&stack, 0));
    must(sigaction(SIGUSR2, &action, 0));
    raise(SIGUSR2);
    expect(handler_sp > base && handler_sp < base + stack.ss_size, "stack", "expected the handler between %#lx and %#lx, saw %#lx",
           base, base + stack.ss_size, handler_sp);
    must(sigaltstack(0, &seen));
    expect_equal("stack", "flags", 0, seen.ss_flags);
    /* Too small a stack for the frame: death by SIGSEGV, not a write beside it. */
    pid_t child = must(fork());
    if (child == 0) {
        must(mprotect(stack.ss_sp, 64 * 1024, PROT_READ));
        raise(SIGUSR2);
        _exit(0);
    }
    int status;
    must(waitpid(child, &status, 0));
    expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "unusable stack", "expected death by signal 11, saw %#x", status);
    ok("stack", "handler runs on it; an unusable one is fatal for the process alone");
}

static void *target(void *unused)
{
    (void)unused;
    while (storms < 500)
        sched_yield();
    return 0;
}

static void check_threads(void)
{
    struct sigaction action = {.sa_handler = on_storm};
    pthread_t thread;

    storms = 0;
    must(sigaction(SIGUSR1, &action, 0));
    pthread_create(&thread, 0, target, 0);
    for (unsigned sent = 0; storms < 500; sent++) {
        unsigned before = storms;

        pthread_kill(thread, SIGUSR1);
        while (storms == before)
            sched_yield();
    }
    pthread_join(thread, 0);
    ok("threads", "500 signals from thread to thread");
}

int main(void)
{
    check_nested();
    check_queue();
    check_restart(true);
    check_restart(false);
    check_stack();
    check_threads();
    return 0;
}
