/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that forks again and again and writes the same pages after each fork. On Pecan these are copied ahead, in
 * one call with the stack and the thread's data: each side must still have its own, and what is not there any more, may
 * no longer be written or is shared must stay so.
 */
#include "fault.h"
#include "pattern.h"

#include <sys/syscall.h>

enum { PAGES = 8, ROUNDS = 24 };

static _Thread_local volatile uint64_t own;
static char *area;

/* The pages that are private and writable in round `round`: all but the one whose turn it is to be different. */
static bool is_plain(unsigned page, unsigned round) { return round < 8 || page != round % PAGES; }

static void write_plain(unsigned round, uint64_t seed)
{
    for (unsigned page = 0; page < PAGES; page++)
        if (is_plain(page, round))
            fill_page(area, page, seed);
}

static void expect_plain(const char *name, unsigned round, uint64_t seed)
{
    for (unsigned page = 0; page < PAGES; page++)
        if (is_plain(page, round))
            expect_page(name, area, page, seed);
}

/* Parent and child write in turns, on the stack and in the thread's data too, and look at what they have. */
static void both_write(const char *name, unsigned round, bool child_first)
{
    volatile uint64_t on_stack = round;
    struct turns t = make_turns();
    pid_t child;

    own = round;
    write_plain(round, round);
    child = must(fork());
    if (child == 0) {
        if (!child_first)
            wait_on(t.to_child);
        expect_plain(name, round, round);
        expect(on_stack == round && own == round, name, "child: expected %u, saw %lu and %lu", round, on_stack, own);
        on_stack = own = 1000;
        write_plain(round, 1000);
        pass_to(t.to_parent);
        wait_on(t.to_child);
        expect_plain(name, round, 1000);
        expect(on_stack == 1000 && own == 1000, name, "child: expected 1000, saw %lu and %lu", on_stack, own);
        _exit(0);
    }
    if (child_first)
        wait_on(t.to_parent);
    expect_plain(name, round, round);
    on_stack = own = 2000;
    write_plain(round, 2000);
    pass_to(t.to_child);
    if (!child_first) {
        wait_on(t.to_parent);
        pass_to(t.to_child);
    }
    expect_child_passes(name, child);
    expect_plain(name, round, 2000);
    expect(on_stack == 2000 && own == 2000, name, "parent: expected 2000, saw %lu and %lu", on_stack, own);
    for (unsigned i = 0; i < 2; i++)
        close(t.to_child[i]), close(t.to_parent[i]);
}

static void child_stores(const char *name, char *page, int signal)
{
    pid_t child = must(fork());

    if (child == 0) {
        struct fault fault = fault_of(store_byte, (unsigned long)page);

        expect(fault.signal == signal, name, "child: expected signal %d, saw " FAULT_FORMAT, signal, FAULT_FIELDS(fault));
        _exit(0);
    }
    expect_child_passes(name, child);
}

/* A page that was written after each fork so far is another one from now on. */
static void change(unsigned round)
{
    char *page = area + round % PAGES * PAGE;
    const int fixed = MAP_FIXED | MAP_ANONYMOUS, rw = PROT_READ | PROT_WRITE;

    switch (round % 4) {
    case 0:
        must(munmap(page, PAGE));
        child_stores("gone", page, SIGSEGV);
        break;
    case 1:
        must(mprotect(page, PAGE, PROT_READ));
        child_stores("read-only", page, SIGSEGV);
        break;
    case 2:
        must(mmap(page, PAGE, rw, MAP_SHARED | fixed, -1, 0));
        *page = 0;
        child_stores("shared", page, 0);
        expect(*page != 0, "shared", "expected the child's byte, saw %d", *page);
        break;
    case 3:
        must(madvise(page, PAGE, MADV_DONTNEED));
        child_stores("empty", page, 0);
        expect_zero_pages("empty", page, 1);
        break;
    }
    both_write("changed", round, round % 2);
    must(mmap(page, PAGE, rw, MAP_PRIVATE | fixed, -1, 0));
}

/* Forks; the parent's first access is a write to `word`, before it touches its stack. */
static pid_t fork_and_store(volatile uint64_t *word)
{
    pid_t child;

    asm volatile("syscall\n\t"
                 "test %%eax, %%eax\n\t"
                 "jz 1f\n\t"
                 "movq $1, (%[word])\n"
                 "1:"
                 : "=a"(child)
                 : "a"(SYS_fork), [word] "r"(word)
                 : "rcx", "r11", "memory", "cc");
    return must(child);
}

/* That write is one more than Linux remembers, and must not put another page out of what is copied with it. */
static void new_page_first(const char *name)
{
    char *others = map_pages(ROUNDS, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    fill_pages(others, ROUNDS, 1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        pid_t child;

        fill_pages(area, PAGES, round);
        child = fork_and_store((uint64_t *)(others + round * PAGE));
        if (child == 0) {
            fill_pages(area, PAGES, 1000);
            _exit(0);
        }
        expect_child_passes(name, child);
        expect_pages(name, area, PAGES, round);
    }
    must(munmap(others, ROUNDS * PAGE));
}

int main(void)
{
    catch_faults();
    area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (unsigned round = 0; round < 8; round++)
        both_write("same pages", round, round % 2);
    ok("same pages", "8 rounds, each side with its own");
    new_page_first("new page first");
    ok("new page first", "%d rounds, the parent keeps its own", ROUNDS);
    for (unsigned round = 8; round < ROUNDS; round++)
        change(round);
    ok("changed", "gone, read-only, shared, empty");
    return 0;
}
