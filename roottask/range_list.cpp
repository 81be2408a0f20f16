// SPDX-License-Identifier: BSD-2-Clause
#include "range_list.hpp"

namespace root {

bool RangeList::add(Range range)
{
    if (range.is_empty()) return true;
    unsigned at = 0;
    while (at < count_ && ranges_[at].end < range.start) ++at;
    // ranges_[at] is the first that ends at or behind the new one's start.
    if (at < count_ && ranges_[at].overlaps(range)) return false;
    if (at < count_ && ranges_[at].end == range.start) {
        if (at + 1 < count_ && ranges_[at + 1].overlaps(range)) return false;
        ranges_[at].end = range.end;
        if (at + 1 < count_ && ranges_[at + 1].start == range.end) {
            ranges_[at].end = ranges_[at + 1].end;
            remove(at + 1);
        }
        return true;
    }
    if (at < count_ && ranges_[at].start == range.end) {
        ranges_[at].start = range.start;
        return true;
    }
    if (count_ == capacity) return false;
    for (unsigned i = count_; i > at; --i) ranges_[i] = ranges_[i - 1];
    ranges_[at] = range;
    ++count_;
    return true;
}

void RangeList::remove(unsigned index)
{
    for (unsigned i = index; i + 1 < count_; ++i) ranges_[i] = ranges_[i + 1];
    --count_;
}

Word RangeList::total() const
{
    Word sum = 0;
    for (Range const& range : all()) sum += range.size();
    return sum;
}

Range RangeList::around(Word address) const
{
    for (Range const& range : all())
        if (range.contains(address)) return range;
    return {};
}

} // namespace root
