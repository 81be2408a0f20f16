/* SPDX-License-Identifier: BSD-2-Clause */
/* processes [NUMBER]: that many at once (300), each with memory of its own, all of them scheduled again and again. */
#include "pattern.h"

#include <sched.h>

enum { PAGES = 8, ROUNDS = 5 };

int main(int count, char **arguments)
{
    unsigned number = count > 1 ? atoi(arguments[1]) : 300;
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    volatile unsigned *arrived = map_pages(1, MAP_SHARED | MAP_ANONYMOUS, -1);
    pid_t children[number];
    int start[2];
    char byte;

    /* They sleep until all are there: who polls meanwhile takes the processor from the one that forks. */
    must(pipe(start));
    fill_pages(area, PAGES, 1);
    for (unsigned i = 0; i < number; i++) {
        children[i] = must(fork());
        if (children[i] != 0)
            continue;
        close(start[1]);
        must(read(start[0], &byte, 1));
        for (unsigned round = 0; round < ROUNDS; round++) {
            fill_pages(area, PAGES, i + round * 1000);
            __atomic_fetch_add(arrived, 1, __ATOMIC_SEQ_CST);
            /* All have written before the first one looks. */
            while (*arrived < number * (round + 1))
                usleep(10000);
            expect_pages("alive", area, PAGES, i + round * 1000);
        }
        _exit(0);
    }
    close(start[1]);
    for (unsigned i = 0; i < number; i++)
        expect_child_passes("alive", children[i]);
    expect_pages("parent", area, PAGES, 1);
    ok("alive", "%u processes at once, %d rounds", number, ROUNDS);
    return 0;
}
