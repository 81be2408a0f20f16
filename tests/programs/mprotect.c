/* SPDX-License-Identifier: BSD-2-Clause */
/* Every change of a page's rights takes effect at once, in both directions, over and over, and keeps its content. */
#include "fault.h"
#include "pattern.h"

enum { PAGES = 16 };

static const int rights[] = {
    PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC, PROT_EXEC,
};
static const unsigned kinds = sizeof rights / sizeof *rights;

/* Byte 16 of each page is a return instruction; byte 24 is for stores. */
static void prepare(char *area)
{
    for (unsigned page = 0; page < PAGES; page++) {
        fill_page(area, page, 9);
        area[page * PAGE + 16] = 0xc3;
    }
}

static void check_access(const char *name, int from, int to, void (*run)(unsigned long), unsigned long address, bool allowed)
{
    struct fault f = fault_of(run, address);

    if (allowed)
        expect(f.signal == 0, name, "rights %d to %d: expected no fault, saw " FAULT_FORMAT, from, to, FAULT_FIELDS(f));
    else
        expect(f.signal == SIGSEGV && f.code == SEGV_ACCERR && f.address == address, name,
               "rights %d to %d: expected signal 11 code 2 addr %#lx, saw " FAULT_FORMAT, from, to, address,
               FAULT_FIELDS(f));
}

static void check_rights(const char *area, int from, int to)
{
    for (unsigned page = 0; page < PAGES; page += 5) {
        unsigned long base = (unsigned long)area + page * PAGE;

        /* Execute-only memory may be readable: it is, without protection keys. */
        if (to != PROT_EXEC)
            check_access("read", from, to, load_byte, base + 24, to & PROT_READ);
        check_access("write", from, to, store_byte, base + 24, to & PROT_WRITE);
        check_access("execute", from, to, jump_to, base + 16, to & PROT_EXEC);
        check_access("execute again", from, to, jump_to, base + 16, to & PROT_EXEC);
        check_access("write again", from, to, store_byte, base + 24, to & PROT_WRITE);
    }
}

static void check_all_transitions(const char *name, char *area)
{
    prepare(area);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned from = 0; from < kinds; from++)
            for (unsigned to = 0; to < kinds; to++) {
                must(mprotect(area, PAGES * PAGE, rights[from]));
                check_rights(area, -1, rights[from]);
                must(mprotect(area, PAGES * PAGE, rights[to]));
                check_rights(area, rights[from], rights[to]);
            }
    must(mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE));
    expect_equal(name, "word 511 of page 5", pattern_of(9, 5, 511), ((uint64_t *)(area + 5 * PAGE))[511]);
    ok(name, "%u transitions", 2 * kinds * kinds);
}

int main(void)
{
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    int file = must(memfd_create("mprotect", 0));
    pid_t child;

    catch_faults();
    check_all_transitions("anonymous", area);
    must(ftruncate(file, PAGES * PAGE));
    check_all_transitions("shared file", map_pages(PAGES, MAP_SHARED, file));
    check_all_transitions("private file", map_pages(PAGES, MAP_PRIVATE, file));

    /* One page in the middle changes, its neighbours do not. */
    for (unsigned round = 0; round < 200; round++) {
        unsigned page = round % (PAGES - 2) + 1;
        unsigned long base = (unsigned long)area + page * PAGE;

        must(mprotect((void *)base, PAGE, PROT_READ));
        check_access("middle", 3, 1, store_byte, base, false);
        check_access("before", 3, 1, store_byte, base - 1, true);
        check_access("behind", 3, 1, store_byte, base + PAGE, true);
        must(mprotect((void *)base, PAGE, PROT_READ | PROT_WRITE));
        check_access("middle", 1, 3, store_byte, base, true);
    }
    ok("one page", "200 rounds, neighbours untouched");

    /* A child's rights are its own. */
    child = must(fork());
    if (child == 0) {
        must(mprotect(area, PAGES * PAGE, PROT_NONE));
        check_access("child", 3, 0, load_byte, (unsigned long)area, false);
        _exit(0);
    }
    expect_child_passes("child", child);
    check_access("parent", 3, 3, store_byte, (unsigned long)area, true);
    ok("child", "its mprotect does not reach the parent");
    return 0;
}
