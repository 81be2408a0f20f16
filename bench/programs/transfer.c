/* SPDX-License-Identifier: BSD-2-Clause */
/* One byte to another process and back, by pipes, by a socket, by a word of shared memory; and many bytes. */
#include "bench.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { BLOCK = 65536 };

/* Where this process writes to and reads from; the other way round for the partner. */
static int out, in, partner_out, partner_in;
static pid_t partner;
static char block[BLOCK];

static void echo(void *unused)
{
    char byte;

    (void)unused;
    while (read(partner_in, &byte, 1) == 1) {
        byte++;
        must(write(partner_out, &byte, 1) == 1, "echo");
    }
}

static void make_pipes(void)
{
    int there[2], back[2];

    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    out = there[1];
    partner_in = there[0];
    in = back[0];
    partner_out = back[1];
    partner = start_child(echo, 0);
}

static void make_socket(void)
{
    int ends[2];

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    out = in = ends[0];
    partner_out = partner_in = ends[1];
    partner = start_child(echo, 0);
}

static int64_t run_round_trips(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        unsigned char byte = i;

        must(write(out, &byte, 1) == 1 && read(in, &byte, 1) == 1, "round trip");
        work += byte;
    }
    return now() - start;
}

/* The partner sends for ever; a pipe that is full stops it. */
static void send_blocks(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < BLOCK; i++)
        block[i] = i / PAGE;
    while (write(partner_out, block, BLOCK) == BLOCK)
        ;
}

static void make_stream(void)
{
    int ends[2];

    must(pipe(ends) == 0, "pipe");
    in = ends[0];
    partner_out = ends[1];
    partner = start_child(send_blocks, 0);
}

static int64_t run_stream(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        for (unsigned filled = 0; filled < BLOCK;) {
            ssize_t got = read(in, block + filled, BLOCK - filled);

            must(got > 0, "read");
            filled += got;
        }
        work += block[BLOCK - 1];
    }
    return now() - start;
}

static uint32_t *turn;

static void pass(uint32_t mine, uint32_t theirs)
{
    __atomic_store_n(turn, theirs, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, turn, FUTEX_WAKE, 1, 0, 0, 0);
    while (__atomic_load_n(turn, __ATOMIC_SEQ_CST) != mine)
        syscall(SYS_futex, turn, FUTEX_WAIT, theirs, 0, 0, 0);
}

static void pong(void *unused)
{
    (void)unused;
    while (__atomic_load_n(turn, __ATOMIC_SEQ_CST) != 2)
        syscall(SYS_futex, turn, FUTEX_WAIT, 1, 0, 0, 0);
    for (;;)
        pass(2, 1);
}

static void make_futex(void)
{
    turn = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(turn != MAP_FAILED, "mmap");
    *turn = 1;
    partner = start_child(pong, 0);
}

static int64_t run_futex(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        pass(1, 2);
        work += *turn;
    }
    return now() - start;
}

static void end_partner(void)
{
    end_child(partner);
}

const struct benchmark transfer_benchmarks[] = {
    {"pipe-latency", run_round_trips, make_pipes, end_partner, .fixed = 2000},
    {"unix-latency", run_round_trips, make_socket, end_partner, .fixed = 4000},
    {"pipe-bandwidth", run_stream, make_stream, end_partner, .fixed = 200, .bytes = BLOCK},
    {"futex-pingpong", run_futex, make_futex, end_partner, .fixed = 500},
    {0},
};
