/* SPDX-License-Identifier: BSD-2-Clause */
/* Copy on write across fork: neither side sees what the other writes, whoever writes first, over generations. */
#include "pattern.h"

enum { PAGES = 512 };

static void write_in_turns(bool child_first)
{
    const char *name = child_first ? "child writes first" : "parent writes first";
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    struct turns t = make_turns();
    pid_t child;

    fill_pages(area, PAGES, 1);
    child = must(fork());
    if (child == 0) {
        if (!child_first)
            wait_on(t.to_child);
        expect_pages(name, area, PAGES, 1);
        fill_pages(area, PAGES, 2);
        pass_to(t.to_parent);
        wait_on(t.to_child);
        expect_pages(name, area, PAGES, 2);
        _exit(0);
    }
    if (child_first) {
        wait_on(t.to_parent);
        expect_pages(name, area, PAGES, 1);
    }
    fill_pages(area, PAGES, 3);
    pass_to(t.to_child);
    if (!child_first)
        wait_on(t.to_parent);
    expect_pages(name, area, PAGES, 3);
    if (!child_first)
        pass_to(t.to_child);
    expect_child_passes(name, child);
    expect_pages(name, area, PAGES, 3);
    must(munmap(area, PAGES * PAGE));
    ok(name, "%d pages kept apart", PAGES);
}

/* Each generation checks its parent's pages, writes half of them and forks the next. */
static void descend(char *area, unsigned depth)
{
    pid_t child;

    if (depth == 8)
        return;
    child = must(fork());
    if (child == 0) {
        for (unsigned page = 0; page < 64; page++)
            expect_page("generations", area, page, page % 8 < depth ? page % 8 + 100 : 1);
        for (unsigned page = depth; page < 64; page += 8)
            fill_page(area, page, depth + 100);
        descend(area, depth + 1);
        for (unsigned page = 0; page < 64; page++)
            expect_page("generations", area, page, page % 8 <= depth ? page % 8 + 100 : 1);
        _exit(0);
    }
    expect_child_passes("generations", child);
}

int main(void)
{
    char *area;

    write_in_turns(true);
    write_in_turns(false);
    area = map_pages(64, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    fill_pages(area, 64, 1);
    descend(area, 0);
    expect_pages("generations", area, 64, 1);
    ok("generations", "8 deep, each with its own pages");

    /* The same page again and again: a stale writable mapping after the second fork would show. */
    for (unsigned round = 0; round < 40; round++) {
        pid_t child;

        fill_pages(area, 64, round);
        child = must(fork());
        if (child == 0) {
            fill_pages(area, 64, 1000);
            _exit(0);
        }
        fill_pages(area, 32, round + 1);
        expect_child_passes("rounds", child);
        expect_pages("rounds", area, 32, round + 1);
        for (unsigned page = 32; page < 64; page++)
            expect_page("rounds", area, page, round);
    }
    ok("rounds", "40 forks over the same 64 pages");
    return 0;
}
