// SPDX-License-Identifier: BSD-2-Clause
/// Where booting ends and the system begins.
#pragma once

#include "kernel/boot/interrupt_routing.hpp"
#include "kernel/boot/kip.hpp"

namespace pecan {

/// What boot_main has found out and prepared for the system.
struct BootInfo {
    PhysRange kernel_image;
    PhysRange heap;       ///< what is left of it for the kernel's objects; zeroed by nobody
    PhysRange whole_heap; ///< with the direct map's tables at its start, as the KIP has it
    ServerBox sigma0;
    ServerBox root_server;
    PhysAddr kip; ///< a page of the image; complete but for what is measured later
    InterruptRouting interrupts;
};

/// The lowest address that ordinary tasks cannot map.
inline constexpr VirtAddr user_end{0x0000'7fff'ffff'f000};

/// Starts sigma0 and the root server.
[[noreturn]] void start_system(BootInfo const& boot, MemoryMap const& map);

} // namespace pecan
