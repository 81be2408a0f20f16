/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fork while other threads write, and mappings that come and go under them: the child's copy stands still, whatever
 * a writer on another processor still holds in its TLB, and nobody ever sees a page that was somebody else's.
 */
#include "pattern.h"

#include <pthread.h>
#include <sched.h>

enum { WRITERS = 3, PAGES = 32, FORKS = 40 };

static volatile uint64_t *counters;
static volatile bool stop;

static void *count(void *argument)
{
    uint64_t index = (uint64_t)argument;

    for (uint64_t value = 1; !stop; value++)
        for (unsigned page = 0; page < PAGES; page++) {
            counters[page * 512 + index] = value;
            if (page == 0 && value % 256 == 0)
                sched_yield();
        }
    return 0;
}

static void *remap(void *argument)
{
    uint64_t seed = (uint64_t)argument + 50;

    while (!stop) {
        char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);

        expect_zero_pages("remap", area, 4);
        fill_pages(area, PAGES, seed);
        sched_yield();
        expect_pages("remap", area, PAGES, seed);
        must(munmap(area, PAGES * PAGE));
    }
    return 0;
}

int main(void)
{
    pthread_t threads[WRITERS + 2];
    uint64_t copy[WRITERS][PAGES];

    counters = (volatile uint64_t *)map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (uint64_t i = 0; i < WRITERS + 2; i++)
        pthread_create(&threads[i], 0, i < WRITERS ? count : remap, (void *)i);
    for (unsigned round = 0; round < FORKS; round++) {
        pid_t child;

        usleep(1000);
        child = must(fork());
        if (child == 0) {
            for (unsigned look = 0; look < 3; look++) {
                for (unsigned i = 0; i < WRITERS; i++)
                    for (unsigned page = 0; page < PAGES; page++) {
                        uint64_t seen = counters[page * 512 + i];

                        expect(look == 0 || copy[i][page] == seen, "fork", "page %u: expected the child's copy to stay %lu, saw %lu",
                               page, (unsigned long)copy[i][page], (unsigned long)seen);
                        copy[i][page] = seen;
                    }
                usleep(500);
            }
            /* A writer goes through the pages in order, so no page may be two values apart from another. */
            for (unsigned i = 0; i < WRITERS; i++)
                expect(copy[i][0] - copy[i][PAGES - 1] <= 1, "fork", "writer %u: expected pages of one moment, saw %lu and %lu", i,
                       (unsigned long)copy[i][0], (unsigned long)copy[i][PAGES - 1]);
            _exit(0);
        }
        expect_child_passes("fork", child);
    }
    stop = true;
    for (unsigned i = 0; i < WRITERS + 2; i++)
        pthread_join(threads[i], 0);
    ok("fork", "%d copies stood still against %d writers and 2 that map and unmap", FORKS, WRITERS);
    return 0;
}
