/* SPDX-License-Identifier: BSD-2-Clause */
/* Integer arithmetic without a system call: what is left of the processor beside the system. */
#include "bench.h"

static volatile uint64_t sink;

static int64_t run(uint64_t count)
{
    uint64_t x = count | 1;
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    sink = x;
    return now_ns() - start;
}

int main(void)
{
    return measure("loop", run);
}
