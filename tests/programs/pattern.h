/* SPDX-License-Identifier: BSD-2-Clause */
/* Fill pages so that a page in the wrong place, an old copy of it or a zero page is told from the right one. */
#ifndef PATTERN_H
#define PATTERN_H

#include "check.h"

#include <sys/mman.h>

static inline uint64_t pattern_of(uint64_t seed, uint64_t page, uint64_t word)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15 + page * 0xbf58476d1ce4e5b9 + word;

    x ^= x >> 31;
    return x * 0x94d049bb133111eb;
}

/* Four words of each page: its edges and two in the middle; cheap enough for many pages. */
static const unsigned pattern_words[] = {0, 1, 255, 511};

static inline void fill_page(void *area, uint64_t page, uint64_t seed)
{
    uint64_t *words = (uint64_t *)((char *)area + page * PAGE);

    for (unsigned i = 0; i < 4; i++)
        words[pattern_words[i]] = pattern_of(seed, page, pattern_words[i]);
}

static inline void fill_pages(void *area, uint64_t count, uint64_t seed)
{
    for (uint64_t page = 0; page < count; page++)
        fill_page(area, page, seed);
}

static inline void expect_page(const char *name, const void *area, uint64_t page, uint64_t seed)
{
    const volatile uint64_t *words = (const volatile uint64_t *)((const char *)area + page * PAGE);

    for (unsigned i = 0; i < 4; i++) {
        uint64_t expected = pattern_of(seed, page, pattern_words[i]), seen = words[pattern_words[i]];

        expect(seen == expected, name, "page %lu word %u: expected %#lx (seed %lu), saw %#lx", page, pattern_words[i],
               expected, seed, seen);
    }
}

static inline void expect_pages(const char *name, const void *area, uint64_t count, uint64_t seed)
{
    for (uint64_t page = 0; page < count; page++)
        expect_page(name, area, page, seed);
}

static inline void expect_zero_pages(const char *name, const void *area, uint64_t count)
{
    const volatile uint64_t *words = area;

    for (uint64_t i = 0; i < count * PAGE / sizeof *words; i += 64)
        expect(words[i] == 0, name, "page %lu word %lu: expected 0, saw %#lx", i / 512, i % 512, words[i]);
}

static inline void *map_pages(uint64_t count, int flags, int file)
{
    return must(mmap(0, count * PAGE, PROT_READ | PROT_WRITE, flags, file, 0));
}

/* Two processes take turns: each waits for the other's byte. */
struct turns {
    int to_child[2], to_parent[2];
};

static inline struct turns make_turns(void)
{
    struct turns t;

    must(pipe(t.to_child));
    must(pipe(t.to_parent));
    return t;
}

static inline void pass_to(int pair[2])
{
    expect(write(pair[1], "t", 1) == 1, "turns", "expected to pass the turn, saw %s", strerror(errno));
}

static inline void wait_on(int pair[2])
{
    char byte;

    expect(read(pair[0], &byte, 1) == 1, "turns", "expected the turn, saw the end or %s", strerror(errno));
}

#endif
