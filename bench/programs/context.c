/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A token around a ring of processes, through pipes; each process reads its own memory before it passes the token on.
 * One operation is one pass: a switch of processes, a write and a read.
 */
#include "bench.h"

#include <string.h>

enum { MOST = 16 };

struct ring {
    unsigned processes, bytes;
};

static struct ring ring;
static int pipes[MOST][2];
static pid_t members[MOST];
static char *own;

static unsigned read_own(void)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < ring.bytes; i += 64)
        sum += own[i];
    return sum;
}

/* Member n reads pipe n and writes the next. */
static void take_and_pass(unsigned n)
{
    unsigned token;

    must(read(pipes[n][0], &token, sizeof token) == sizeof token, "ring");
    token += 1 + read_own();
    must(write(pipes[(n + 1) % ring.processes][1], &token, sizeof token) == sizeof token, "ring");
}

static void member(void *number)
{
    own = malloc(ring.bytes + 1);
    memset(own, 0, ring.bytes + 1);
    for (;;)
        take_and_pass(*(unsigned *)number);
}

static void make_ring(unsigned processes, unsigned bytes)
{
    ring = (struct ring){processes, bytes};
    own = calloc(1, bytes + 1);
    for (unsigned n = 0; n < processes; n++)
        must(pipe(pipes[n]) == 0, "pipe");
    for (unsigned n = 1; n < processes; n++)
        members[n] = start_child(member, &n);
}

static void end_ring(void)
{
    for (unsigned n = 1; n < ring.processes; n++)
        end_child(members[n]);
}

static void make_2_0k(void)
{
    make_ring(2, 0);
}

static void make_8_0k(void)
{
    make_ring(8, 0);
}

static void make_16_64k(void)
{
    make_ring(16, 65536);
}

/* Whole rounds; the time is that of `count` passes among them. */
static int64_t run(uint64_t count)
{
    uint64_t rounds = (count + ring.processes - 1) / ring.processes;
    unsigned token = 0;
    int64_t start = now();

    for (uint64_t i = 0; i < rounds; i++) {
        must(write(pipes[1][1], &token, sizeof token) == sizeof token, "ring");
        must(read(pipes[0][0], &token, sizeof token) == sizeof token, "ring");
        token += 1 + read_own();
    }
    work += token;
    return (now() - start) * count / (rounds * ring.processes);
}

const struct benchmark context_benchmarks[] = {
    {"ctx-2-0k", run, make_2_0k, end_ring, .fixed = 4000},
    {"ctx-8-0k", run, make_8_0k, end_ring, .fixed = 8000},
    {"ctx-16-64k", run, make_16_64k, end_ring, .fixed = 800},
    {0},
};
