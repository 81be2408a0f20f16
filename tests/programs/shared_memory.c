/* SPDX-License-Identifier: BSD-2-Clause */
/* Anonymous shared memory across fork: both directions, pages touched first by either side, by a grandchild. */
#include "pattern.h"

enum { PAGES = 256 };

int main(void)
{
    char *area = map_pages(2 * PAGES, MAP_SHARED | MAP_ANONYMOUS, -1);
    volatile uint64_t *ball = map_pages(1, MAP_SHARED | MAP_ANONYMOUS, -1);
    struct turns t = make_turns();
    pid_t child;

    fill_pages(area, PAGES, 1);
    child = must(fork());
    if (child == 0) {
        pid_t grandchild;

        expect_pages("parent to child", area, PAGES, 1);
        fill_pages(area + PAGES * PAGE, PAGES, 2); /* pages that only the child has touched */
        pass_to(t.to_parent);
        wait_on(t.to_child);
        expect_pages("parent to child again", area, PAGES, 3);
        grandchild = must(fork());
        if (grandchild == 0) {
            fill_pages(area, 2 * PAGES, 4);
            _exit(0);
        }
        expect_child_passes("grandchild", grandchild);
        expect_pages("grandchild", area, 2 * PAGES, 4);
        for (uint64_t turn = 0; turn < 200; turn++) {
            wait_on(t.to_child);
            expect_equal("turns", "word", 2 * turn + 1, ball[turn % 512]);
            ball[turn % 512] = 2 * turn + 2;
            pass_to(t.to_parent);
        }
        _exit(0);
    }
    wait_on(t.to_parent);
    expect_pages("child to parent", area + PAGES * PAGE, PAGES, 2);
    fill_pages(area, PAGES, 3);
    pass_to(t.to_child);
    for (uint64_t turn = 0; turn < 200; turn++) {
        ball[turn % 512] = 2 * turn + 1;
        pass_to(t.to_child);
        wait_on(t.to_parent);
        expect_equal("turns", "word", 2 * turn + 2, ball[turn % 512]);
    }
    expect_child_passes("child", child);
    expect_pages("grandchild to parent", area, 2 * PAGES, 4);
    ok("fork", "%d pages and 200 turns, both directions", 2 * PAGES);
    return 0;
}
