// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_WORD_HPP
#define L4_WORD_HPP

#include <l4/types.h>

namespace l4 {

/// The machine word of the X.2 interface: 64 bits on amd64.
using Word = l4_word_t;
static_assert(sizeof(Word) == 8);

constexpr Word kibi = Word{1} << 10;
constexpr Word mebi = Word{1} << 20;
constexpr Word page_size = 4 * kibi;
constexpr unsigned page_log2 = 12;
constexpr unsigned large_page_log2 = 21;
constexpr Word large_page_size = Word{1} << large_page_log2;

/// Alignments are powers of two here; rounding up past the end of the number space wraps to 0.
constexpr Word align_down(Word value, Word alignment) { return value & ~(alignment - 1); }
constexpr Word align_up(Word value, Word alignment) { return align_down(value + alignment - 1, alignment); }
/// Without std::has_single_bit, which counts all bits by a library function.
constexpr bool is_power_of_two(Word value) { return value != 0 && (value & (value - 1)) == 0; }
constexpr bool is_aligned(Word value, Word alignment) { return (value & (alignment - 1)) == 0; }

} // namespace l4

#endif
