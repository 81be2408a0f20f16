/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MADV_DONTNEED: anonymous pages read as zero again, file pages come back from the file. MADV_FREE: reclaim may take
 * what has not been written since, and nothing else.
 */
#include "pattern.h"

enum { PAGES = 300 };

int main(void)
{
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1), *map;
    int file = must(memfd_create("madvise", 0));
    pid_t child;

    for (unsigned round = 0; round < 20; round++) {
        fill_pages(area, PAGES, round);
        must(madvise(area + 10 * PAGE, (PAGES - 20) * PAGE, MADV_DONTNEED));
        for (unsigned page = 0; page < 10; page++) {
            expect_page("edges", area, page, round);
            expect_page("edges", area, PAGES - 1 - page, round);
        }
        expect_zero_pages("dontneed", area + 10 * PAGE, PAGES - 20);
    }
    ok("dontneed", "zeroes after each of 20 rounds, edges kept");

    fill_pages(area, PAGES, 1);
    child = must(fork());
    if (child == 0) {
        must(madvise(area, PAGES * PAGE, MADV_DONTNEED));
        expect_zero_pages("child", area, PAGES);
        _exit(0);
    }
    expect_child_passes("child", child);
    expect_pages("parent", area, PAGES, 1);
    ok("fork", "the child's advice does not reach the parent");

    must(ftruncate(file, PAGES * PAGE));
    map = map_pages(PAGES, MAP_SHARED, file);
    fill_pages(map, PAGES, 2);
    must(madvise(map, PAGES * PAGE, MADV_DONTNEED));
    expect_pages("shared file", map, PAGES, 2);
    map = map_pages(PAGES, MAP_PRIVATE, file);
    fill_pages(map, PAGES, 3);
    must(madvise(map, PAGES * PAGE, MADV_DONTNEED));
    expect_pages("private file", map, PAGES, 2);
    ok("file", "pages come back from the file");

    for (unsigned round = 0; round < 5; round++) {
        fill_pages(area, PAGES, 4);
        must(madvise(area, PAGES * PAGE, MADV_FREE));
        for (unsigned page = 0; page < PAGES; page += 2)
            fill_page(area, page, 5 + round);
        must(madvise(area, PAGES * PAGE, MADV_PAGEOUT));
        for (unsigned page = 0; page < PAGES; page += 2) {
            expect_page("free, written", area, page, 5 + round);
            expect_zero_pages("free", area + (page + 1) * PAGE, 1);
        }
    }
    ok("free", "pages written again stay, the others are gone");
    return 0;
}
