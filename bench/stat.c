/* SPDX-License-Identifier: BSD-2-Clause */
/* stat of a file three folders down. */
#include "bench.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char path[] = "/tmp/bench/stat/file";

static int64_t run(uint64_t count)
{
    struct stat s;
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++)
        must(stat(path, &s) == 0, path);
    return now_ns() - start;
}

int main(void)
{
    mkdir("/tmp/bench", 0700);
    mkdir("/tmp/bench/stat", 0700);
    must(open(path, O_RDWR | O_CREAT, 0600) >= 0, path);
    return measure("stat", run);
}
