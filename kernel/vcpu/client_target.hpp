// SPDX-License-Identifier: BSD-2-Clause
/// What the client calls keep while they go over their pages.
#pragma once

#include "kernel/vcpu/client_set.hpp"

namespace pecan {

/// The client of a call. Small pages of one page table follow each other there too, so the table is looked up once.
struct ClientSet::Target {
    PageTable* table{nullptr};
    ClientCounters* counters{nullptr};
    Word number{0};
    PageSize size{PageSize::small};
    Pte* entries{nullptr}; ///< of the page table for the 2 MiB at ...
    Word entries_base{0};  ///< ... this address
};

/// The server's page in which the last source was found; the next is mostly there too.
struct ClientSet::Source {
    VirtRange page{1, 0};
    PhysAddr start;
    Rights rights{0};
    bool is_large{false};

    PhysAddr phys(Word address) const { return start + (address - page.first); }
};

} // namespace pecan
