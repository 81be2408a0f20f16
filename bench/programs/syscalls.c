/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that only compute: in and out, and a little of Linux. */
#include "bench.h"

#include <fcntl.h>
#include <sys/select.h>
#include <sys/stat.h>

enum { DESCRIPTORS = 64 };

static const char path[] = "/tmp/bench/stat/file";
static int device, watched[DESCRIPTORS], highest;

static int64_t run_getppid(uint64_t count)
{
    pid_t parent = getppid();
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        work += getppid() == parent;
    return now() - start;
}

static void open_zero(void)
{
    device = open("/dev/zero", O_RDONLY);
    must(device >= 0, "/dev/zero");
}

static int64_t run_read1(uint64_t count)
{
    char byte = 1;
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        work += read(device, &byte, 1) + byte;
    return now() - start;
}

static void open_null(void)
{
    device = open("/dev/null", O_WRONLY);
    must(device >= 0, "/dev/null");
}

static int64_t run_write1(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        work += write(device, "x", 1);
    return now() - start;
}

/* A file three folders down. */
static void make_path(void)
{
    mkdir("/tmp/bench", 0700);
    mkdir("/tmp/bench/stat", 0700);
    close(make_file(path, PAGE));
}

static int64_t run_stat(uint64_t count)
{
    struct stat s;
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++)
        work += stat(path, &s) == 0 ? s.st_size : 0;
    return now() - start;
}

static int64_t run_open_close(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        int file = open(path, O_RDONLY);

        must(file >= 0, path);
        work += close(file) == 0;
    }
    return now() - start;
}

/* Pipes with nothing in them, but the last. */
static void make_descriptors(void)
{
    int ends[2];

    for (int i = 0; i < DESCRIPTORS; i++) {
        must(pipe(ends) == 0, "pipe");
        watched[i] = ends[0];
    }
    must(write(ends[1], "x", 1) == 1, "pipe");
    highest = ends[0];
}

static int64_t run_select(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        struct timeval none = {0};
        fd_set readable;

        FD_ZERO(&readable);
        for (int n = 0; n < DESCRIPTORS; n++)
            FD_SET(watched[n], &readable);
        work += select(highest + 1, &readable, 0, 0, &none);
    }
    return now() - start;
}

const struct benchmark syscall_benchmarks[] = {
    {"getppid", run_getppid, .fixed = 20000},
    {"read1", run_read1, open_zero, .fixed = 10000},
    {"write1", run_write1, open_null, .fixed = 10000},
    {"stat", run_stat, make_path, .fixed = 2000},
    {"open-close", run_open_close, make_path, .fixed = 1000},
    {"select", run_select, make_descriptors, .fixed = 500},
    {0},
};
