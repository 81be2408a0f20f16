// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/heap_place.hpp"

#include <initializer_list>

namespace pecan {

namespace {

constexpr Word smallest = Word{16} << 20;
constexpr Word largest = Word{512} << 20;
/// Programs of others are linked to low addresses.
constexpr PhysAddr low_memory_end{Word{16} << 20};

Word wanted(MemoryMap const& map)
{
    Word const share = align_down(map.ram_size() / 16, large_page_size);
    return share < smallest ? smallest : share > largest ? largest : share;
}

} // namespace

BootResult<PhysRange> place_heap(MemoryMap const& map, Claims const& claims, PhysAddr lowest_module)
{
    for (Word size = wanted(map); size >= smallest; size = align_down(size / 2, large_page_size)) {
        for (PhysAddr high : {lowest_module, four_gib}) {
            auto const place = highest_place(map, claims, {low_memory_end, high}, size, large_page_size);
            if (place.has_value()) return PhysRange{place.value(), size};
        }
    }
    return BootError{.fault = BootFault::no_room_for_heap, .number = map.ram_size(), .limit = smallest};
}

} // namespace pecan
