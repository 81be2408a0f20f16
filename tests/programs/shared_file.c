/* SPDX-License-Identifier: BSD-2-Clause */
/* One file of tmpfs, mapped by two processes that do not come from each other and write it by turns; also truncated. */
#include "pattern.h"

#include <fcntl.h>

enum { PAGES = 128, ROUNDS = 40 };

static const char path[] = "/tmp/shared_file";

/* Writes its own half (even or odd pages) in each round, and then reads the other's. Page PAGES keeps the turn. */
static void take_turns(unsigned me)
{
    int file = must(open(path, O_RDWR));
    char *area = map_pages(PAGES + 1, MAP_SHARED, file);
    volatile uint64_t *turn = (uint64_t *)(area + PAGES * PAGE);

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned page = me; page < PAGES; page += 2)
            fill_page(area, page, round * 2 + me);
        __atomic_fetch_add(turn, 1, __ATOMIC_SEQ_CST);
        while (*turn < 2 * (2 * round + 1))
            usleep(100);
        for (unsigned page = !me; page < PAGES; page += 2)
            expect_page("turns", area, page, round * 2 + !me);
        /* By mapping and by read() it is the same file. */
        if (round % 8 == me) {
            uint64_t word;

            must(pread(file, &word, sizeof word, !me * PAGE));
            expect_equal("turns", "word of the file", pattern_of(round * 2 + !me, !me, 0), word);
        }
        __atomic_fetch_add(turn, 1, __ATOMIC_SEQ_CST);
        while (*turn < 2 * (2 * round + 2))
            usleep(100);
    }
}

int main(int count, char **arguments)
{
    pid_t children[2];
    int file;

    if (count > 1) {
        take_turns(atoi(arguments[1]));
        return 0;
    }
    file = must(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
    must(ftruncate(file, (PAGES + 1) * PAGE));
    for (unsigned i = 0; i < 2; i++) {
        children[i] = must(fork());
        if (children[i] == 0)
            must(execl(arguments[0], arguments[0], i ? "1" : "0", NULL));
    }
    for (unsigned i = 0; i < 2; i++)
        expect_child_passes("turns", children[i]);
    must(unlink(path));
    ok("turns", "%d rounds over %d pages", ROUNDS, PAGES);
    return 0;
}
