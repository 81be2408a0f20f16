/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <fcntl.h>

enum { SIZE = 1 << 20, PIECE = 65536 };

static const char path[] = "/tmp/bench-file";
static char piece[PIECE];
static int file;

/* Create, write a KiB, close, unlink. */
static int64_t run_create(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        int created = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

        must(created >= 0, path);
        work += write(created, piece, 1024);
        close(created);
        unlink(path);
    }
    return now() - start;
}

static void make(void)
{
    file = make_file(path, SIZE);
}

static void destroy(void)
{
    close(file);
    unlink(path);
}

static int64_t run_read(uint64_t count)
{
    int64_t start = now();

    for (uint64_t i = 0; i < count; i++) {
        for (unsigned at = 0; at < SIZE; at += PIECE) {
            must(pread(file, piece, PIECE, at) == PIECE, path);
            work += (unsigned char)piece[0];
        }
    }
    return now() - start;
}

const struct benchmark file_benchmarks[] = {
    {"tmpfs-create", run_create, .fixed = 3000},
    {"tmpfs-read", run_read, make, destroy, .fixed = 10, .bytes = SIZE},
    {0},
};
