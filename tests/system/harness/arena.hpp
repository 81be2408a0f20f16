// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_ARENA_HPP
#define TESTS_SYSTEM_ARENA_HPP

#include <l4/fpage.hpp>

/// Memory of the runner for mapping tests: 4 MiB, aligned to that, virtual = physical. Mappings of other spaces start
/// where nothing else is.
namespace test::arena {

using l4::Fpage;
using l4::Rights;
using l4::Word;

inline constexpr unsigned log2size = 22;
inline constexpr Word size = Word{1} << log2size;

/// The first place for other spaces' mappings, aligned to 4 GiB.
inline constexpr Word view = 0x2'0000'0000;

Word base();
inline Word page(Word n) { return base() + n * l4::page_size; }
inline Fpage fpage(Word n, Rights rights = Rights::rwx) { return Fpage::memory(page(n), l4::page_log2, rights); }
/// The nth 2 MiB of two.
inline Word large_page(Word n) { return base() + n * l4::large_page_size; }
inline Fpage large_fpage(Word n, Rights rights = Rights::rwx)
{
    return Fpage::memory(large_page(n), l4::large_page_log2, rights);
}
inline Fpage whole() { return Fpage::memory(base(), log2size, Rights::rwx); }
inline Word& word_at(Word address) { return *reinterpret_cast<Word*>(address); }

/// What the first word of each page holds after a reset.
constexpr Word mark(Word n) { return 0xa4e4a000 + n; }

/// Nothing of it is mapped anywhere any more, then the first `pages` pages are here as pages of 4 KiB. The others are not.
bool reset_small(Word pages);
/// The same with the first 2 MiB as one page, or both.
bool reset_large(Word count = 1);

} // namespace test::arena

#endif
