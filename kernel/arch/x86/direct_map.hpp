// SPDX-License-Identifier: BSD-2-Clause
/// Physical memory as the kernel sees it: all RAM, and everything below 4 GiB, in slot 258 and the following.
#pragma once

#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/support/address.hpp"

namespace pecan {

template <typename T>
T* direct_map(PhysAddr address)
{
    return reinterpret_cast<T*>(DIRECT_MAP_BASE + address.raw());
}

/// The way back; only for pointers that came from direct_map.
inline PhysAddr direct_map_phys(void const* object)
{
    return PhysAddr{reinterpret_cast<Word>(object) - DIRECT_MAP_BASE};
}

} // namespace pecan
