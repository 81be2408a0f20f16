// SPDX-License-Identifier: BSD-2-Clause
/// Changes of page tables are gathered, then the TLB is flushed once, then freed table pages go back to the heap.
#pragma once

#include "kernel/memory/kernel_memory.hpp"

namespace pecan {

class PageTable;

/// Hook of the machine: no processor uses a translation of `table` that its entries no longer give once this returns.
void flush_tlb(PageTable const& table);

/// One batch of changes; lives on the stack of the operation. Its end is the flush.
class TlbBatch {
public:
    explicit TlbBatch(KernelMemory& memory) : memory_{memory} {}
    TlbBatch(TlbBatch const&) = delete;
    TlbBatch& operator=(TlbBatch const&) = delete;
    ~TlbBatch() { flush(); }

    /// An entry of `table` was removed or allows less than before. (One that was absent before needs no flush.)
    void changed(PageTable const& table)
    {
        if (count_ != 0 && tables_[count_ - 1] == &table) return;
        add(table);
    }
    /// A table page that nothing refers to any more; its quota is already released. The processor may still walk it
    /// until the flush, so it must not be reused before.
    void free_later(PhysAddr frame);

    void flush();

private:
    void add(PageTable const& table);

    static constexpr unsigned capacity = 8;
    KernelMemory& memory_;
    PageTable const* tables_[capacity];
    unsigned count_{0};
    PhysAddr deferred_{}; ///< list through the frames' info words
};

} // namespace pecan
