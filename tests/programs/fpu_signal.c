/* SPDX-License-Identifier: BSD-2-Clause */
/* A signal handler may use all vector registers: the interrupted code finds its own again, the handler starts clean. */
#include "fpu.h"

#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

static enum width width;
static volatile unsigned handled;
static unsigned mxcsr_in_handler, control_in_handler;

GENERAL_ONLY static void do_nothing(void *unused)
{
    (void)unused;
}

static void on_alarm(int signal, siginfo_t *info, void *context)
{
    struct fpu_state junk, seen;
    uint16_t control;

    (void)signal, (void)info, (void)context;
    asm volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr_in_handler), "=m"(control));
    control_in_handler = control;
    make_state(&junk, 5000 + handled);
    carry_state(&junk, &seen, width, do_nothing, 0);
    expect_state("handler", &junk, &seen, width);
    load_state(&junk, width); /* leave it behind */
    handled++;
}

/* Spin without touching a vector register until another signal was handled. */
GENERAL_ONLY static void spin_until_signal(void *unused)
{
    unsigned before = handled;

    (void)unused;
    while (handled == before) {
    }
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
    struct itimerval every = {{0, 4000}, {0, 4000}}, never = {0};
    struct fpu_state wanted, seen;

    width = vector_width();
    must(sigaction(SIGALRM, &action, 0));
    must(setitimer(ITIMER_REAL, &every, 0));
    for (unsigned round = 0; round < 100; round++) {
        make_state(&wanted, round);
        memset(&seen, 0, sizeof seen);
        carry_state(&wanted, &seen, width, spin_until_signal, 0);
        expect_state("interrupted code", &wanted, &seen, width);
        expect_equal("handler", "mxcsr at its start", 0x1f80, mxcsr_in_handler);
        expect_equal("handler", "x87 control word at its start", 0x37f, control_in_handler);
    }
    must(setitimer(ITIMER_REAL, &never, 0));
    ok("signals", "%u handled, vector registers of %d bits", handled, width * 8);
    return 0;
}
