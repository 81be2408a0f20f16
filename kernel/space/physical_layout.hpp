// SPDX-License-Identifier: BSD-2-Clause
/// Which physical memory sigma0 can never have.
#pragma once

#include "kernel/support/address.hpp"
#include "kernel/support/fixed_list.hpp"

namespace pecan {

/// Filled in by the boot code, constant afterwards. Everything below the limit that is not reserved is sigma0's: RAM,
/// device memory and holes alike.
class PhysicalLayout {
public:
    /// `limit`: first address behind what the processor can address.
    constexpr explicit PhysicalLayout(Word limit) : limit_{limit} {}

    /// Kernel image, heap, APICs: whole pages that overlap the range are withheld.
    void reserve(PhysRange range)
    {
        Word const start = align_down(range.start.raw(), page_size);
        ensure(reserved_.add({PhysAddr{start}, align_up(range.end().raw(), page_size) - start}));
    }
    bool is_available(PhysRange range) const
    {
        if (range.start.raw() >= limit_ || range.size > limit_ - range.start.raw()) return false;
        return reserved_over(range) == nullptr;
    }
    /// The reserved range that overlaps; nullptr if none does.
    PhysRange const* reserved_over(PhysRange range) const
    {
        for (PhysRange const& reserved : reserved_)
            if (reserved.overlaps(range)) return &reserved;
        return nullptr;
    }
    /// RAM, in which pages of 1 GiB may lie. Only for processors that have them.
    void allow_huge(PhysRange ram) { (void)huge_.add(ram); }
    bool may_be_huge(PhysRange range) const
    {
        for (PhysRange const& ram : huge_)
            if (ram.contains(range.start) && range.end() <= ram.end()) return true;
        return false;
    }
    Word limit() const { return limit_; }

private:
    Word limit_;
    FixedList<PhysRange, 32> reserved_;
    FixedList<PhysRange, 16> huge_;
};

} // namespace pecan
