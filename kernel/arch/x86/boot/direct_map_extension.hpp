// SPDX-License-Identifier: BSD-2-Clause
/// boot/entry.S maps physical memory below 4 GiB; here the RAM above follows.
#pragma once

#include "kernel/boot/memory_map.hpp"

namespace pecan {

/// Bytes of page tables that the direct map needs to reach the end of RAM.
Word direct_map_tables_size(MemoryMap const& map);

/// Maps physical memory from 4 GiB to the end of RAM, in large pages; the tables lie in `tables`, which has
/// direct_map_tables_size(map) bytes below 4 GiB.
void extend_direct_map(MemoryMap const& map, PhysAddr tables);

/// Takes away what only the way here needed: slot 0, the code before long mode, the page below the boot stack.
void drop_boot_mappings();

} // namespace pecan
