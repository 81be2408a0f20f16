// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/tlb.hpp"

namespace pecan {

void TlbBatch::add(PageTable const& table)
{
    for (unsigned i = 0; i < count_; ++i)
        if (tables_[i] == &table) return;
    // Flushing early is always right, but the freed pages wait for the end.
    if (count_ == capacity) {
        for (unsigned i = 0; i < count_; ++i) flush_tlb(*tables_[i]);
        count_ = 0;
    }
    tables_[count_++] = &table;
}

void TlbBatch::free_later(PhysAddr frame)
{
    memory_.frames().info(frame) = deferred_.raw();
    deferred_ = frame;
}

void TlbBatch::flush()
{
    for (unsigned i = 0; i < count_; ++i) flush_tlb(*tables_[i]);
    count_ = 0;
    while (deferred_ != PhysAddr{}) {
        PhysAddr const frame = deferred_;
        deferred_ = PhysAddr{memory_.frames().info(frame)};
        memory_.frames().free(frame);
    }
}

} // namespace pecan
