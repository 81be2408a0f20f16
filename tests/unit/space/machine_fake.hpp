// SPDX-License-Identifier: BSD-2-Clause
/// The machine as the tests see it: kernel slots, and a TLB that remembers what it was shown until it is flushed.
#pragma once

#include "kernel/space/io_ports.hpp"
#include "kernel/space/page_table.hpp"

#include <map>
#include <utility>

namespace pecan {

struct MachineFake {
    Word flushes{0};
    Word bitmap_changes{0};
    std::map<std::pair<PageTable const*, Word>, PageTable::Slot> tlb;

    /// An access: sets accessed (and dirty) as the processor would, and keeps the translation. False: not allowed.
    bool touch(PageTable const& table, Word address, bool write);
    /// No translation in the TLB allows more than the tables do now.
    bool is_tlb_coherent() const;
    void reset() { *this = MachineFake{}; }
};
extern MachineFake machine;

} // namespace pecan
