/* SPDX-License-Identifier: BSD-2-Clause */
/* The null system call. */
#include "bench.h"

static int64_t run(uint64_t count)
{
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++)
        getppid();
    return now_ns() - start;
}

int main(void)
{
    return measure("getppid", run);
}
