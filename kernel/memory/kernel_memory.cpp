// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/memory/kernel_memory.hpp"

namespace pecan {

Result<PhysAddr, Error> KernelMemory::allocate_frame(Quota& quota)
{
    if (!quota.charge(page_size)) return Error::no_memory;
    PhysAddr const frame = frames_.allocate();
    if (frame == PhysAddr{}) {
        quota.release(page_size);
        return Error::no_memory;
    }
    return frame;
}

void KernelMemory::free_frame(PhysAddr frame, Quota& quota)
{
    frames_.free(frame);
    quota.release(page_size);
}

} // namespace pecan
