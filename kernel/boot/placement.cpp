// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/placement.hpp"

#include <initializer_list>

namespace pecan {

void Claims::add(PhysRange range, Text owner)
{
    if (range.size != 0) ensure(claims_.add({range, owner}));
}

Claim const* Claims::highest_overlap(PhysRange range) const
{
    Claim const* highest = nullptr;
    for (Claim const& claim : claims_)
        if (claim.range.overlaps(range) && (highest == nullptr || claim.range.start > highest->range.start))
            highest = &claim;
    return highest;
}

namespace {

/// The highest place in [low, high); going down claim by claim, it looks at each at most once.
Result<PhysAddr, NoRoom> highest_place_between(Claims const& claims, Word low, Word high, Word size, Word alignment)
{
    while (high > low && high - low >= size) {
        Word const start = align_down(high - size, alignment);
        if (start < low) break;
        Claim const* claim = claims.highest_overlap({PhysAddr{start}, size});
        if (claim == nullptr) return PhysAddr{start};
        high = claim->range.start.raw();
    }
    return NoRoom{};
}

} // namespace

Result<PhysAddr, NoRoom> highest_place(MemoryMap const& map, Claims const& claims, Bounds bounds, Word size,
                                       Word alignment)
{
    auto const& regions = map.regions();
    for (std::size_t i = regions.size(); i-- > 0;) {
        if (!regions[i].is_ram()) continue;
        PhysRange const& range = regions[i].range;
        Word const low = range.start > bounds.low ? range.start.raw() : bounds.low.raw();
        Word const high = range.end() < bounds.high ? range.end().raw() : bounds.high.raw();
        auto const place = highest_place_between(claims, low, high, size, alignment);
        if (place.has_value()) return place;
    }
    return NoRoom{};
}

BootResult<PhysRange> place_heap(MemoryMap const& map, Claims const& claims, PhysAddr lowest_module)
{
    constexpr Word smallest = Word{16} << 20, largest = Word{512} << 20;
    constexpr PhysAddr low_memory_end{Word{16} << 20}; // programs of others are linked to low addresses
    Word const share = align_down(map.ram_size() / 16, large_page_size);
    Word const wanted = share < smallest ? smallest : share > largest ? largest : share;
    for (Word size = wanted; size >= smallest; size = align_down(size / 2, large_page_size)) {
        for (PhysAddr high : {lowest_module, four_gib}) {
            auto const place = highest_place(map, claims, {low_memory_end, high}, size, large_page_size);
            if (place.has_value()) return PhysRange{place.value(), size};
        }
    }
    return BootError{.fault = BootFault::no_room_for_heap, .number = map.ram_size(), .limit = smallest};
}

} // namespace pecan
