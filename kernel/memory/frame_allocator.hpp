// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's heap: 4 KiB frames of one contiguous range of physical memory.
#pragma once

#include "kernel/support/address.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

/// Gives out and takes back zeroed frames in constant time, and keeps one word of information for each.
///
/// The words stand at the start of the range: a page of them for 512 frames. While a frame is free its word links
/// it into the free list, so that free frames stay untouched; frames never yet used are not even in the list.
/// UP: the kernel runs with interrupts off; with more processors, the kernel lock guards it.
class FrameAllocator {
public:
    FrameAllocator() = default;
    FrameAllocator(FrameAllocator const&) = delete;
    FrameAllocator& operator=(FrameAllocator const&) = delete;

    /// Takes over `heap`, which is page aligned and reachable through direct_map().
    void init(PhysRange heap);

    /// A zeroed frame whose info word is 0; address 0 if none is left.
    PhysAddr allocate();
    void free(PhysAddr frame);

    /// The information word of an allocated frame; its owner decides what it means.
    Word& info(PhysAddr frame) { return info_[index_of(frame)]; }

    Word free_count() const { return free_count_; }
    /// All that init() was given, the words of information included.
    PhysRange heap() const { return heap_; }

private:
    Word index_of(PhysAddr frame) const
    {
        Word const index = (frame - first_) / page_size;
        ensure(frame >= first_ && index < count_);
        return index;
    }

    PhysRange heap_{};
    PhysAddr first_{};    ///< frame of index 0
    Word* info_{nullptr}; ///< one word per frame
    Word count_{0};       ///< frames to give out
    Word fresh_{0};       ///< frames from this index on have never been given out
    Word free_list_{0};   ///< index + 1 of the first free frame, 0: none
    Word free_count_{0};
};

} // namespace pecan
