/* SPDX-License-Identifier: BSD-2-Clause */
/* Read one byte of /dev/zero. */
#include "bench.h"

#include <fcntl.h>

static int zero;

static int64_t run(uint64_t count)
{
    char byte;
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++)
        must(read(zero, &byte, 1) == 1, "read");
    return now_ns() - start;
}

int main(void)
{
    zero = open("/dev/zero", O_RDONLY);
    must(zero >= 0, "/dev/zero");
    return measure("read", run);
}
