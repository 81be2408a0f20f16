/* SPDX-License-Identifier: BSD-2-Clause */
/* A good part of the memory in use at once by several processes: every page is where it belongs. */
#include "pattern.h"

#include <sys/sysinfo.h>

static void work(uint64_t seed, uint64_t pages)
{
    char *area = map_pages(pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    for (unsigned round = 0; round < 2; round++) {
        fill_pages(area, pages, seed + round);
        expect_pages("pattern", area, pages, seed + round);
        /* Give back every third page and take new ones. */
        for (uint64_t page = 0; page < pages; page += 3)
            must(madvise(area + page * PAGE, PAGE, MADV_DONTNEED));
        for (uint64_t page = 0; page < pages; page += 3)
            fill_page(area, page, seed + round);
        expect_pages("pattern", area, pages, seed + round);
    }
}

int main(void)
{
    enum { PROCESSES = 4 };
    struct sysinfo info;
    uint64_t pages;
    pid_t children[PROCESSES];

    must(sysinfo(&info));
    pages = info.freeram * info.mem_unit / 2 / PROCESSES / PAGE;
    if (pages > 16384)
        pages = 16384; /* 64 MiB each */
    for (uint64_t i = 0; i < PROCESSES; i++) {
        children[i] = must(fork());
        if (children[i] == 0) {
            work(i * 10, pages);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        expect_child_passes("pattern", children[i]);
    ok("pattern", "%d processes with %lu MiB each", PROCESSES, pages / 256);
    return 0;
}
