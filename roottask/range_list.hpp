// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_RANGE_LIST_HPP
#define ROOTTASK_RANGE_LIST_HPP

#include <l4/linux.h>
#include <l4/range.hpp>

#include <array>
#include <span>

namespace root {

using l4::Range;
using l4::Word;

/// Ranges of memory in ascending order; those that touch become one.
class RangeList {
public:
    static constexpr unsigned capacity = L4_BOOT_MAX_RANGES;

    /// False if the range would be one too many, or overlaps what is there.
    bool add(Range range);

    std::span<Range const> all() const { return {ranges_.data(), count_}; }
    Word total() const;
    /// The range that holds this address, or an empty one.
    Range around(Word address) const;

private:
    void remove(unsigned index);

    std::array<Range, capacity> ranges_{};
    unsigned count_ = 0;
};

} // namespace root

#endif
