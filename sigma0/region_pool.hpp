// SPDX-License-Identifier: BSD-2-Clause
#ifndef SIGMA0_REGION_POOL_HPP
#define SIGMA0_REGION_POOL_HPP

#include <l4/range.hpp>
#include <l4/thread_id.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace sigma0 {

using l4::Range;
using l4::ThreadId;
using l4::Word;

/// What may happen to a region.
enum class Kind : unsigned char {
    by_address,   ///< given to the first who names it: devices, firmware, modules, what nobody described
    conventional, ///< ordinary memory: by address, by page fault, or to whoever wants any
    shared,       ///< given to everyone who names it, never owned
    reserved,     ///< given to nobody
    owned,        ///< given to its owner as often as that asks
};

/// Who may have which numbers: addresses or I/O ports. Every number of the space has exactly one
/// region; the regions stand in ascending order, without gaps, and equal neighbours are merged.
/// The array is bounded: a request that would split more regions than fit is refused.
class RegionPool {
public:
    static constexpr std::size_t capacity = 1024;

    /// All numbers below the limit, to be given by address.
    constexpr explicit RegionPool(Word limit) : limit_{limit}
    {
        regions_[0] = Region{{0, limit}, Kind::by_address, l4::nilthread};
    }

    /// Set-up: what was said before about these numbers no longer holds. The part beyond the
    /// limit is ignored. False: no room, nothing has changed.
    bool describe(Range range, Kind kind, ThreadId owner = l4::nilthread);

    /// Gives the range to `who` if that may have all of it.
    bool claim(Range range, ThreadId who);
    /// The same, but only conventional or shared memory or what `who` owns already.
    bool claim_by_fault(Range range, ThreadId who);
    /// Gives some free conventional block of 2^log2size, aligned to its size. Takes it from the
    /// smallest region that has one, so that large blocks stay whole; never starts at 0, which
    /// programs use as the address of nothing.
    std::optional<Word> claim_any(unsigned log2size, ThreadId who);

    std::size_t region_count() const { return count_; }

private:
    struct Region {
        Range range;
        Kind kind = Kind::reserved;
        ThreadId owner{};
        constexpr bool is_like(Region const& other) const { return kind == other.kind && owner == other.owner; }
    };

    std::size_t first_overlapping(Word address) const;
    bool claim_if(Range range, ThreadId who, bool by_fault);
    bool replace(Region middle);
    void merge_equal_neighbours();

    Word limit_;
    std::array<Region, capacity> regions_{};
    std::size_t count_ = 1;
};

} // namespace sigma0

#endif
