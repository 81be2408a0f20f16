// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/memory/kernel_heap.hpp"

namespace pecan {

PhysAddr boot_frame()
{
    Result<PhysAddr, Error> const frame = kernel_memory().allocate_frame(kernel_quota());
    if (!frame) panic("too little memory for the kernel's own structures");
    return frame.value();
}

} // namespace pecan
