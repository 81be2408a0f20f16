/* SPDX-License-Identifier: BSD-2-Clause */
/* What a flush took away comes back by one fill, though it lies across two windows of 64 pages, and nothing beside it. */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { WINDOW = 64, AREA = 3 * WINDOW, FIRST = WINDOW - 8, FLUSHED = 16, TABLE = 2 << 20, TRIES = 5 };

/* A counter of Linux on Pecan. */
static unsigned long counter(const char *name)
{
    static char text[4096];
    int file = must(open("/sys/kernel/debug/l4/counters", O_RDONLY));
    char *line;

    text[must(read(file, text, sizeof text - 1))] = 0;
    close(file);
    line = strstr(text, name);
    expect(line, "counters", "expected %s among them, saw:\n%s", name, text);
    return strtoul(line + strlen(name), 0, 10);
}

int main(void)
{
    char *mapped = must(mmap(0, 2 * TABLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *area = mapped + -(uintptr_t)mapped % TABLE, *flushed = area + FIRST * PAGE;
    unsigned long fewest_fills = -1, fewest_pages = -1;

    if (access("/sys/kernel/debug/l4/counters", R_OK) != 0) {
        ok("refill", "no counters here: natively the processor fills");
        return 0;
    }
    memset(area, 1, AREA * PAGE);
    /* Others may be counted, too: the fewest of some tries. */
    for (int i = 0; i < TRIES; i++) {
        unsigned long fills, pages;

        must(mprotect(flushed, FLUSHED * PAGE, PROT_READ));
        must(mprotect(flushed, FLUSHED * PAGE, PROT_READ | PROT_WRITE));
        fills = counter("\nfills ");
        pages = counter("\nfilled_pages ");
        for (int page = 0; page < FLUSHED; page++)
            flushed[page * PAGE] = i;
        pages = counter("\nfilled_pages ") - pages;
        fills = counter("\nfills ") - fills;
        fewest_fills = fills < fewest_fills ? fills : fewest_fills;
        fewest_pages = pages < fewest_pages ? pages : fewest_pages;
    }
    expect_equal("refill", "fills", 1, fewest_fills);
    expect_equal("refill", "pages filled", FLUSHED, fewest_pages);
    ok("refill", "%d pages by one fill", FLUSHED);
    return 0;
}
