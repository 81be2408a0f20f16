// SPDX-License-Identifier: BSD-2-Clause
/// Looking for room in physical memory.
#pragma once

#include "kernel/boot/memory_map.hpp"

namespace pecan {

/// A range that somebody has, and who.
struct Claim {
    PhysRange range;
    Text owner;
};

/// The ranges that are not free although they are RAM.
class Claims {
public:
    void add(PhysRange range, Text owner);
    void clear() { claims_.clear(); }
    auto const& all() const { return claims_; }
    /// The claim that overlaps the range most high up; nullptr: the range is free.
    Claim const* highest_overlap(PhysRange range) const;

private:
    FixedList<Claim, 96> claims_;
};

struct Bounds {
    PhysAddr low, high;
};

struct NoRoom {};

/// The highest address within the bounds where `size` bytes of RAM are free, as a multiple of `alignment`.
Result<PhysAddr, NoRoom> highest_place(MemoryMap const& map, Claims const& claims, Bounds bounds, Word size,
                                       Word alignment);

/// For the kernel's heap one range in large pages: 1/16 of RAM, from 16 MiB to 512 MiB, above 16 MiB and below 4 GiB; below
/// `lowest_module` where that is possible, so that what lies above it stays in one piece. Takes less, down to 16 MiB,
/// rather than fail.
BootResult<PhysRange> place_heap(MemoryMap const& map, Claims const& claims, PhysAddr lowest_module);

inline constexpr PhysAddr four_gib{Word{1} << 32};
inline constexpr PhysAddr one_mib{Word{1} << 20};

} // namespace pecan
