// SPDX-License-Identifier: BSD-2-Clause
/// The sizes of hardware pages in use, and the levels of the page table that hold them.
#pragma once

#include "kernel/support/address.hpp"

namespace pecan {

/// The value is log2 of the size.
enum class PageSize : std::uint8_t { small = page_bits, large = large_page_bits, huge = 30 };

constexpr Word log2_of(PageSize size) { return static_cast<Word>(size); }
constexpr Word bytes_of(PageSize size) { return Word{1} << log2_of(size); }

/// Levels of a page table: 1 holds 4 KiB leaves, 2 holds 2 MiB leaves, 3 holds 1 GiB leaves, 4 is the PML4.
constexpr unsigned level_of(PageSize size) { return static_cast<unsigned>(log2_of(size) - page_bits) / 9 + 1; }
/// log2 of the memory that one entry of a table of this level covers.
constexpr Word log2_of_entry(unsigned level) { return page_bits + 9 * (level - 1); }

/// Which entry of a table of this level an address has.
constexpr unsigned index_of(Word address, unsigned level)
{
    return static_cast<unsigned>(address >> log2_of_entry(level) & 511);
}

/// All ones below bit `log2`; all ones at all for 64.
constexpr Word low_mask(Word log2) { return log2 >= 64 ? ~Word{0} : (Word{1} << log2) - 1; }

/// A range of virtual addresses, both ends inclusive, so that it can reach the top of the address space.
struct VirtRange {
    Word first;
    Word last;

    constexpr bool contains(Word address) const { return address >= first && address <= last; }
    constexpr bool contains(VirtRange const& other) const { return other.first >= first && other.last <= last; }
    constexpr bool overlaps(VirtRange const& other) const { return first <= other.last && other.first <= last; }
};

} // namespace pecan
