// SPDX-License-Identifier: BSD-2-Clause
#include "region_pool.hpp"

#include <algorithm>

namespace sigma0 {

bool RegionPool::describe(Range range, Kind kind, ThreadId owner)
{
    range.end = std::min(range.end, limit_);
    if (range.is_empty()) return true;
    return replace(Region{range, kind, owner});
}

bool RegionPool::claim(Range range, ThreadId who) { return claim_if(range, who, false); }

bool RegionPool::claim_by_fault(Range range, ThreadId who) { return claim_if(range, who, true); }

std::optional<Word> RegionPool::claim_any(unsigned log2size, ThreadId who)
{
    if (log2size >= 64 || Word{1} << log2size > limit_) return {};
    Word const size = Word{1} << log2size;

    std::optional<Word> best;
    Word best_region_size = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        Region const& region = regions_[i];
        if (region.kind != Kind::conventional) continue;
        Word const base = l4::align_up(std::max<Word>(region.range.start, 1), size);
        bool const has_room = base < region.range.end && base >= region.range.start && size <= region.range.end - base;
        if (has_room && (!best || region.range.size() < best_region_size)) {
            best = base;
            best_region_size = region.range.size();
        }
    }
    if (!best || !replace(Region{{*best, *best + size}, Kind::owned, who})) return {};
    return best;
}

std::size_t RegionPool::first_overlapping(Word address) const
{
    auto const begin = regions_.begin();
    auto const end = begin + static_cast<std::ptrdiff_t>(count_);
    auto const found =
        std::upper_bound(begin, end, address, [](Word a, Region const& region) { return a < region.range.end; });
    return static_cast<std::size_t>(found - begin);
}

bool RegionPool::claim_if(Range range, ThreadId who, bool by_fault)
{
    if (range.is_empty() || range.end > limit_) return false;

    // Check: nothing changes until every part is known to be allowed.
    std::size_t const first = first_overlapping(range.start);
    bool has_shared = false, has_new = false;
    for (std::size_t i = first; i < count_ && regions_[i].range.start < range.end; ++i) {
        Region const& region = regions_[i];
        switch (region.kind) {
        case Kind::reserved: return false;
        case Kind::by_address:
            if (by_fault) return false;
            has_new = true;
            break;
        case Kind::conventional: has_new = true; break;
        case Kind::shared: has_shared = true; break;
        case Kind::owned:
            if (region.owner != who) return false;
            break;
        }
    }
    if (!has_new) return true;
    if (!has_shared) return replace(Region{range, Kind::owned, who});

    // Shared parts stay as they are: each part between them is replaced by itself. One replacement
    // adds two regions at most, so this bound lets all of them succeed.
    std::size_t parts = 0;
    for (std::size_t i = first; i < count_ && regions_[i].range.start < range.end; ++i) ++parts;
    if (count_ + 2 * parts > capacity) return false;
    for (Word at = range.start; at < range.end;) {
        Region const region = regions_[first_overlapping(at)];
        Word const end = std::min(region.range.end, range.end);
        if (region.kind != Kind::shared) replace(Region{{at, end}, Kind::owned, who});
        at = end;
    }
    return true;
}

/// Puts one region in the place of all that it overlaps, of which the ends may remain.
///
///     before   |   a   | b |    c    |         first = a, last = c
///     middle       |-----------|
///     after    | a |  middle   |  c  |
bool RegionPool::replace(Region middle)
{
    std::size_t const first = first_overlapping(middle.range.start);
    std::size_t const last = first_overlapping(middle.range.end - 1);
    Region left = regions_[first];
    left.range.end = middle.range.start;
    Region right = regions_[last];
    right.range.start = middle.range.end;

    std::size_t const gone = last - first + 1;
    std::size_t const come = 1 + (left.range.is_empty() ? 0 : 1) + (right.range.is_empty() ? 0 : 1);
    if (count_ - gone + come > capacity) return false;

    auto const tail = regions_.begin() + static_cast<std::ptrdiff_t>(last + 1);
    auto const end = regions_.begin() + static_cast<std::ptrdiff_t>(count_);
    if (come > gone)
        std::move_backward(tail, end, end + static_cast<std::ptrdiff_t>(come - gone));
    else
        std::move(tail, end, tail - static_cast<std::ptrdiff_t>(gone - come));
    count_ = count_ - gone + come;

    std::size_t at = first;
    if (!left.range.is_empty()) regions_[at++] = left;
    regions_[at++] = middle;
    if (!right.range.is_empty()) regions_[at] = right;
    merge_equal_neighbours();
    return true;
}

void RegionPool::merge_equal_neighbours()
{
    std::size_t kept = 0;
    for (std::size_t i = 1; i < count_; ++i) {
        if (regions_[kept].is_like(regions_[i]))
            regions_[kept].range.end = regions_[i].range.end;
        else
            regions_[++kept] = regions_[i];
    }
    count_ = kept + 1;
}

} // namespace sigma0
