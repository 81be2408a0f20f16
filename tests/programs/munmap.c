/* SPDX-License-Identifier: BSD-2-Clause */
/* What is unmapped is gone at once, also for what the processor has cached, and comes back fresh. */
#include "fault.h"
#include "pattern.h"

enum { PAGES = 64 };

static void expect_gone(const char *name, char *page, void (*access)(unsigned long))
{
    struct fault f = fault_of(access, (unsigned long)page);

    expect(f.signal == SIGSEGV && f.code == SEGV_MAPERR && f.address == (unsigned long)page, name,
           "expected signal 11 code 1 addr %p, saw " FAULT_FORMAT, page, FAULT_FIELDS(f));
}

int main(void)
{
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1), *fixed;

    catch_faults();
    fill_pages(area, PAGES, 1);
    for (unsigned page = 0; page < PAGES; page += 2) {
        must(munmap(area + page * PAGE, PAGE));
        expect_gone("holes", area + page * PAGE, page % 4 ? load_byte : store_byte);
    }
    for (unsigned page = 1; page < PAGES; page += 2)
        expect_page("holes", area, page, 1);
    ok("holes", "%d pages gone, %d kept", PAGES / 2, PAGES / 2);

    /* The same address over and over: never an old page. */
    for (unsigned round = 0; round < 200; round++) {
        fixed = must(mmap(area, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        expect_zero_pages("reuse", fixed, round % 4 ? 2 : PAGES);
        fill_pages(fixed, PAGES, round);
        if (round % 2)
            must(munmap(fixed, PAGES * PAGE));
        if (round % 2)
            expect_gone("reuse", fixed + 3 * PAGE, store_byte);
    }
    ok("reuse", "200 mappings at one address, each of zeroes");

    /* A read of a fresh page maps the common zero page: the write behind it must not reach that one. */
    fixed = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    expect_zero_pages("zero page", fixed, 2);
    fill_page(fixed, 0, 5);
    expect_zero_pages("zero page", fixed + PAGE, 1);
    expect_page("zero page", fixed, 0, 5);
    expect_zero_pages("zero page", map_pages(8, MAP_PRIVATE | MAP_ANONYMOUS, -1), 8);
    ok("zero page", "a write goes to a page of its own");

    /* A page whose fault has just been handled, in vain: what happens to it next counts at once. */
    for (unsigned page = 0; page < PAGES; page++) {
        char *victim = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);

        fill_page(victim, 0, page);
        must(mprotect(victim, PAGE, PROT_READ));
        expect_page("refused write", victim, 0, page);
        expect(fault_of(store_byte, (unsigned long)victim).signal == SIGSEGV, "refused write", "no signal");
        must(munmap(victim, PAGE));
        expect_gone("refused write", victim, load_byte);
    }
    ok("refused write", "a page that refused a write goes like any other");
    return 0;
}
