// SPDX-License-Identifier: BSD-2-Clause
/// Addresses of physical and of virtual memory are different types; so are counts of bytes.
#pragma once

#include <compare>
#include <cstdint>

namespace pecan {

using Word = std::uint64_t;

inline constexpr Word page_bits = 12;
inline constexpr Word page_size = Word{1} << page_bits;
inline constexpr Word large_page_bits = 21;
inline constexpr Word large_page_size = Word{1} << large_page_bits;

/// Rounds to a multiple of a power of two.
constexpr Word align_down(Word value, Word alignment) { return value & ~(alignment - 1); }
constexpr Word align_up(Word value, Word alignment) { return align_down(value + alignment - 1, alignment); }
constexpr bool is_aligned(Word value, Word alignment) { return (value & (alignment - 1)) == 0; }

/// An address in the number space named by Tag; two spaces never mix by accident.
template <typename Tag>
class Address {
public:
    constexpr Address() = default;
    constexpr explicit Address(Word raw) : raw_{raw} {}
    constexpr Word raw() const { return raw_; }
    constexpr Address operator+(Word bytes) const { return Address{raw_ + bytes}; }
    constexpr Address operator-(Word bytes) const { return Address{raw_ - bytes}; }
    constexpr Word operator-(Address other) const { return raw_ - other.raw_; }
    constexpr Address aligned_down(Word alignment) const { return Address{align_down(raw_, alignment)}; }
    constexpr bool is_aligned_to(Word alignment) const { return is_aligned(raw_, alignment); }
    constexpr auto operator<=>(Address const&) const = default;

private:
    Word raw_{0};
};

using PhysAddr = Address<struct PhysSpace>;
using VirtAddr = Address<struct VirtSpace>;

/// A range of physical memory; empty if size is 0.
struct PhysRange {
    PhysAddr start;
    Word size{0};

    constexpr PhysAddr end() const { return start + size; }
    constexpr bool contains(PhysAddr a) const { return a >= start && a - start < size; }
    constexpr bool overlaps(PhysRange const& other) const
    {
        return size != 0 && other.size != 0 && start < other.end() && other.start < end();
    }
};

} // namespace pecan
