// SPDX-License-Identifier: BSD-2-Clause
/// Frames for the kernel's own use, each charged to somebody.
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/memory/frame_allocator.hpp"
#include "kernel/memory/quota.hpp"
#include "kernel/support/result.hpp"

namespace pecan {

class KernelMemory {
public:
    KernelMemory() = default;
    void init(PhysRange heap) { frames_.init(heap); }

    /// A zeroed frame, charged to `quota`; Error::no_memory if either the quota or the heap is used up.
    Result<PhysAddr, Error> allocate_frame(Quota& quota);
    void free_frame(PhysAddr frame, Quota& quota);

    /// The heap below: for slabs, whose objects are charged instead, and for frames freed after a TLB flush.
    FrameAllocator& frames() { return frames_; }

private:
    FrameAllocator frames_;
};

} // namespace pecan
