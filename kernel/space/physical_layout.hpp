// SPDX-License-Identifier: BSD-2-Clause
/// Which physical memory sigma0 can never have.
#pragma once

#include "kernel/support/address.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

/// Filled in by the boot code, constant afterwards. Everything below the limit that is not reserved is sigma0's: RAM,
/// device memory and holes alike.
class PhysicalLayout {
public:
    static constexpr unsigned capacity = 32;

    /// `limit`: first address behind what the processor can address.
    constexpr explicit PhysicalLayout(Word limit) : limit_{limit} {}

    /// Kernel image, heap, APICs: whole pages that overlap the range are withheld.
    void reserve(PhysRange range)
    {
        ensure(count_ < capacity);
        Word const start = align_down(range.start.raw(), page_size);
        reserved_[count_++] = {PhysAddr{start}, align_up(range.end().raw(), page_size) - start};
    }
    bool is_available(PhysRange range) const
    {
        if (range.start.raw() >= limit_ || range.size > limit_ - range.start.raw()) return false;
        return reserved_over(range) == nullptr;
    }
    /// The reserved range that overlaps; nullptr if none does.
    PhysRange const* reserved_over(PhysRange range) const
    {
        for (unsigned i = 0; i < count_; ++i)
            if (reserved_[i].overlaps(range)) return &reserved_[i];
        return nullptr;
    }
    Word limit() const { return limit_; }

private:
    Word limit_;
    unsigned count_{0};
    PhysRange reserved_[capacity]{};
};

} // namespace pecan
