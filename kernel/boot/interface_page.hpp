// SPDX-License-Identifier: BSD-2-Clause
/// The kernel interface page that all spaces share.
#pragma once

#include "kernel/memory/direct_map.hpp"
#include "l4/kip.h"

namespace pecan {

/// Set once, before the first space is made.
inline constinit PhysAddr kernel_interface_frame{};

inline l4_kip& kernel_interface_page() { return *direct_map<l4_kip>(kernel_interface_frame); }

/// KernelId of the kernel description, as KernelInterface returns it.
inline Word kernel_id()
{
    return *direct_map<Word>(kernel_interface_frame + kernel_interface_page().kernel_desc_offset);
}

} // namespace pecan
