// SPDX-License-Identifier: BSD-2-Clause
/// The one heap of this kernel.
#pragma once

#include "kernel/memory/direct_map.hpp"
#include "kernel/memory/kernel_memory.hpp"

namespace pecan {

inline constinit KernelMemory the_kernel_memory;
constexpr KernelMemory& kernel_memory() { return the_kernel_memory; }

/// Pays for what belongs to no space: interrupt threads, the thread table, the gate.
inline constinit Quota the_kernel_quota{~Word{0}};
constexpr Quota& kernel_quota() { return the_kernel_quota; }

/// A zeroed frame for the kernel's own structures while it starts; there is no kernel without it.
PhysAddr boot_frame();

} // namespace pecan
