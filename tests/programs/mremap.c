/* SPDX-License-Identifier: BSD-2-Clause */
/* mremap: pages move with their content, the old place faults, growth is fresh, shrinking cuts off. */
#include "fault.h"
#include "pattern.h"

enum { PAGES = 600 }; /* more than one page table */

static void expect_gone(const char *name, char *page)
{
    struct fault f = fault_of(load_byte, (unsigned long)page);

    expect(f.signal == SIGSEGV && f.code == SEGV_MAPERR, name, "expected signal 11 code 1 at %p, saw " FAULT_FORMAT, page,
           FAULT_FIELDS(f));
}

int main(void)
{
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1), *other, *target;
    int file = must(memfd_create("mremap", 0));

    catch_faults();
    fill_pages(area, PAGES, 1);
    for (unsigned round = 0; round < 10; round++) {
        target = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        fill_pages(target, 3, 99);
        other = must(mremap(area, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target));
        expect_equal("move", "address", (unsigned long)target, (unsigned long)other);
        expect_gone("move", area);
        expect_gone("move", area + (PAGES - 1) * PAGE);
        expect_pages("move", other, PAGES, 1);
        area = other;
    }
    ok("move", "%d pages, 10 times, the old place faults", PAGES);

    area = must(mremap(area, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE));
    expect_pages("grow", area, PAGES, 1);
    expect_zero_pages("grow", area + PAGES * PAGE, PAGES);
    fill_pages(area, 2 * PAGES, 2);
    area = must(mremap(area, 2 * PAGES * PAGE, PAGE, MREMAP_MAYMOVE));
    expect_pages("shrink", area, 1, 2);
    expect_gone("shrink", area + PAGE);
    ok("grow and shrink", "fresh zeroes behind, a fault behind the cut");

    /* Length 0 makes a second mapping of shared pages. */
    must(ftruncate(file, 8 * PAGE));
    area = map_pages(8, MAP_SHARED, file);
    other = must(mremap(area, 0, 8 * PAGE, MREMAP_MAYMOVE));
    fill_pages(area, 8, 3);
    expect_pages("duplicate", other, 8, 3);
    ok("duplicate", "two mappings of one memfd");
    return 0;
}
