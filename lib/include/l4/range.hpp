// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_RANGE_HPP
#define L4_RANGE_HPP

#include <l4/word.hpp>

namespace l4 {

/// Addresses from start up to, not including, end. Empty if they are equal; never wraps.
struct Range {
    Word start = 0;
    Word end = 0;

    constexpr Word size() const { return end - start; }
    constexpr bool is_empty() const { return start >= end; }
    constexpr bool contains(Word address) const { return address >= start && address < end; }
    constexpr bool contains(Range const& other) const { return other.start >= start && other.end <= end; }
    constexpr bool overlaps(Range const& other) const { return start < other.end && other.start < end; }
    constexpr bool operator==(Range const&) const = default;
};

} // namespace l4

#endif
