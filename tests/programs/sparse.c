/* SPDX-License-Identifier: BSD-2-Clause */
/* Single pages all over the lower half: page tables at every level, made, used, shared with a child and removed. */
#include "fault.h"
#include "pattern.h"

enum { SPOTS = 200 };

static char *spot(unsigned i)
{
    /* From 64 GiB to 120 TiB, no two in one 1 GiB range, all in different places of their page tables. */
    return (char *)((1UL << 36) + i * ((120UL << 40) / SPOTS / PAGE * PAGE) + (i * 37 % 512) * PAGE);
}

int main(void)
{
    char *reserve;
    pid_t child;
    struct fault f;

    catch_faults();
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < SPOTS; i++) {
            char *page = must(mmap(spot(i), PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                                   -1, 0));

            expect_equal("spots", "address", (unsigned long)spot(i), (unsigned long)page);
            expect_zero_pages("spots", page, 1);
            fill_page(page, 0, i);
        }
        child = must(fork());
        if (child == 0) {
            for (unsigned i = 0; i < SPOTS; i++) {
                expect_page("child", spot(i), 0, i);
                fill_page(spot(i), 0, i + 1000);
            }
            _exit(0);
        }
        expect_child_passes("child", child);
        for (unsigned i = 0; i < SPOTS; i++) {
            expect_page("spots", spot(i), 0, i);
            must(munmap(spot(i), PAGE));
            f = fault_of(load_byte, (unsigned long)spot(i));
            expect(f.signal == SIGSEGV && f.code == SEGV_MAPERR, "spots", "expected signal 11 code 1, saw " FAULT_FORMAT,
                   FAULT_FIELDS(f));
        }
    }
    ok("spots", "%d pages over 120 TiB, 3 times, with a child", SPOTS);

    reserve = must(mmap(0, 1UL << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    for (unsigned i = 0; i < 512; i++)
        fill_page(reserve + i * (1UL << 31), 0, i);
    for (unsigned i = 0; i < 512; i++)
        expect_page("sparse", reserve + i * (1UL << 31), 0, i);
    must(munmap(reserve, 1UL << 40));
    ok("sparse", "512 pages, 2 GiB apart, in one mapping of 1 TiB");
    return 0;
}
