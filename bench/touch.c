/* SPDX-License-Identifier: BSD-2-Clause */
/* The first write to an anonymous page; mapping and unmapping the area is not counted. */
#include "bench.h"

#include <sys/mman.h>

enum { PAGES = 1024, PAGE = 4096 };

static int64_t run(uint64_t count)
{
    int64_t took = 0;

    while (count > 0) {
        uint64_t pages = count < PAGES ? count : PAGES;
        char *area = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int64_t start;

        must(area != MAP_FAILED, "mmap");
        start = now_ns();
        for (uint64_t i = 0; i < pages; i++)
            *(volatile char *)(area + i * PAGE) = 1;
        took += now_ns() - start;
        munmap(area, PAGES * PAGE);
        count -= pages;
    }
    return took;
}

int main(void)
{
    return measure("touch", run);
}
