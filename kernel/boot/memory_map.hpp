// SPDX-License-Identifier: BSD-2-Clause
/// What lies where in physical memory, in order.
#pragma once

#include "kernel/boot/multiboot.hpp"

namespace pecan {

/// A range of one kind. RAM is cut to whole pages, everything else extended to whole pages.
struct MemoryRegion {
    PhysRange range;
    std::uint32_t type; ///< as in FirmwareRegion

    bool is_ram() const { return type == 1; }
};

/// The firmware's map, sorted and without overlaps. Where entries contradict each other the more careful one holds:
/// what anybody calls reserved is not RAM.
class MemoryMap {
public:
    using Entries = FixedList<FirmwareRegion, 128>;

    /// Takes the firmware's entries in place of what the map held.
    void build(Entries const& entries);

    auto const& regions() const { return regions_; }
    /// Whether all of the range is RAM. An empty range is.
    bool is_ram(PhysRange range) const;
    Word ram_size() const;
    /// The end of the highest RAM.
    PhysAddr ram_end() const;

private:
    /// Each entry has two ends, between which one kind holds.
    FixedList<MemoryRegion, 2 * Entries::capacity> regions_;
};

void format(Printer& out, MemoryMap const& map);

} // namespace pecan
