// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/memory/frame_allocator.hpp"

#include "kernel/memory/direct_map.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

void FrameAllocator::init(PhysRange heap)
{
    ensure(heap.start.is_aligned_to(page_size) && is_aligned(heap.size, page_size) && heap.start != PhysAddr{});
    // Each frame given out needs its page and a word.
    Word const info_frames = align_up(heap.size / (page_size / sizeof(Word) + 1), page_size) / page_size;
    ensure(heap.size / page_size > info_frames);
    heap_ = heap;
    info_ = direct_map<Word>(heap.start);
    first_ = heap.start + info_frames * page_size;
    count_ = heap.size / page_size - info_frames;
    fresh_ = 0;
    free_list_ = 0;
    free_count_ = count_;
}

PhysAddr FrameAllocator::allocate()
{
    Word index;
    if (free_list_ != 0) {
        index = free_list_ - 1;
        free_list_ = info_[index];
    } else if (fresh_ < count_) {
        index = fresh_++;
    } else {
        return PhysAddr{};
    }
    --free_count_;
    info_[index] = 0;
    PhysAddr const frame = first_ + index * page_size;
    clear_page(frame);
    return frame;
}

void FrameAllocator::free(PhysAddr frame)
{
    ensure(frame.is_aligned_to(page_size));
    Word const index = index_of(frame);
    info_[index] = free_list_;
    free_list_ = index + 1;
    ++free_count_;
}

} // namespace pecan
