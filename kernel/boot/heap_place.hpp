// SPDX-License-Identifier: BSD-2-Clause
/// Where the kernel's own memory comes from.
#pragma once

#include "kernel/boot/placement.hpp"

namespace pecan {

/// One range in large pages: 1/16 of RAM, from 16 MiB to 512 MiB, above 16 MiB and below 4 GiB; below
/// `lowest_module` where that is possible, so that what lies above it stays in one piece. Takes less, down to 16 MiB,
/// rather than fail.
BootResult<PhysRange> place_heap(MemoryMap const& map, Claims const& claims, PhysAddr lowest_module);

} // namespace pecan
