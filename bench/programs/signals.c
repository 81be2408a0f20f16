/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <signal.h>

static volatile uint64_t delivered;

static void handle(int number)
{
    delivered += number;
}

static void install(void)
{
    struct sigaction action = {.sa_handler = handle};

    work += sigaction(SIGUSR1, &action, 0) == 0;
}

static int64_t run_install(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        install();
    return now() - start;
}

/* To oneself: the handler has run when kill() returns. */
static int64_t run_deliver(uint64_t count)
{
    pid_t self = getpid();
    int64_t start = now();

    delivered = 0;
    for (uint64_t i = 0; i < count; i++)
        kill(self, SIGUSR1);
    work += delivered;
    return now() - start;
}

const struct benchmark signal_benchmarks[] = {
    {"signal-install", run_install, .fixed = 10000},
    {"signal-deliver", run_deliver, install, .fixed = 2000},
    {0},
};
