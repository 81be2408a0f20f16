// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/harness/arena.hpp"

#include "tests/system/harness/check.hpp"

#include <l4/sigma0.hpp>
#include <l4/syscall.hpp>

namespace test::arena {

namespace {

constinit Word arena_base = 0;

bool flush_all()
{
    if (base() == 0) return false;
    l4::unmap(whole(), true);
    return true;
}

bool take(Word address, unsigned log2) { return CHECK(l4::sigma0::request(address, log2, Fpage::complete())); }

} // namespace

/// Sigma0 gives it to the thread that asks first: the runner, whose ID stays.
Word base()
{
    if (arena_base == 0) {
        auto const got = l4::sigma0::request_any(log2size, Fpage::complete());
        if (CHECK(got.has_value())) arena_base = *got;
    }
    return arena_base;
}

bool reset_small(Word pages)
{
    if (!flush_all()) return false;
    for (Word n = 0; n < pages; ++n) {
        if (!take(page(n), l4::page_log2)) return false;
        word_at(page(n)) = mark(n);
    }
    return true;
}

bool reset_large(Word count)
{
    if (!flush_all()) return false;
    for (Word n = 0; n < count; ++n)
        if (!take(large_page(n), l4::large_page_log2)) return false;
    for (Word n = 0; n < count * (l4::large_page_size / l4::page_size); ++n) word_at(page(n)) = mark(n);
    return true;
}

} // namespace test::arena
