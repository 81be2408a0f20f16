// SPDX-License-Identifier: BSD-2-Clause
/// Flexpages and access rights (X.2, 4.1).
#pragma once

#include "kernel/support/address.hpp"
#include "l4/types.h"

namespace pecan {

/// A set of the rights read, write, execute.
class Rights {
public:
    constexpr explicit Rights(Word raw) : raw_{raw & L4_RIGHTS_RWX} {}
    static constexpr Rights none() { return Rights{0}; }
    static constexpr Rights all() { return Rights{L4_RIGHTS_RWX}; }
    constexpr Word raw() const { return raw_; }
    constexpr bool read() const { return (raw_ & L4_RIGHT_R) != 0; }
    constexpr bool write() const { return (raw_ & L4_RIGHT_W) != 0; }
    constexpr bool execute() const { return (raw_ & L4_RIGHT_X) != 0; }
    constexpr bool includes(Rights other) const { return (other.raw_ & ~raw_) == 0; }
    constexpr Rights operator&(Rights other) const { return Rights{raw_ & other.raw_}; }
    constexpr Rights operator|(Rights other) const { return Rights{raw_ | other.raw_}; }
    constexpr Rights without(Rights other) const { return Rights{raw_ & ~other.raw_}; }
    constexpr bool operator==(Rights const&) const = default;

private:
    Word raw_;
};

/// A memory flexpage, an I/O flexpage, the complete space of either, or nil, as it stands in a word.
class Fpage {
public:
    constexpr explicit Fpage(Word raw) : raw_{raw} {}
    static constexpr Fpage nil() { return Fpage{L4_NILPAGE}; }
    static constexpr Fpage complete() { return Fpage{L4_COMPLETE_SPACE}; }
    static constexpr Fpage memory(Word base, Word log2size, Rights rights)
    {
        return Fpage{L4_FPAGE(base, log2size, rights.raw())};
    }

    constexpr Word raw() const { return raw_; }
    constexpr Rights rights() const { return Rights{raw_}; }
    constexpr bool is_io() const { return L4_IS_IO_FPAGE(raw_); }
    /// Rights are ignored: a nil fpage has neither base nor size.
    constexpr bool is_nil() const { return (raw_ & ~Word{0xf}) == 0; }
    constexpr bool is_complete() const { return !is_io() && (raw_ & ~Word{0xf}) == L4_COMPLETE_SPACE; }

    /// Memory: log2 of the size, 64 for the complete space. Sizes below a page count as given.
    constexpr Word log2size() const { return is_complete() ? 64 : L4_FPAGE_LOG2SIZE(raw_); }
    /// Memory: first address, aligned down to the size.
    constexpr Word base() const
    {
        Word const log2 = log2size();
        return log2 >= 64 ? 0 : align_down(L4_FPAGE_BASE(raw_), Word{1} << log2);
    }
    /// Memory: last address, inclusive.
    constexpr Word last() const
    {
        Word const log2 = log2size();
        return log2 >= 64 ? ~Word{0} : base() + ((Word{1} << log2) - 1);
    }

    /// I/O: log2 of the number of ports, at most 16.
    constexpr Word io_log2size() const
    {
        Word const log2 = raw_ >> 10 & 0x3f;
        return log2 > 16 ? 16 : log2;
    }
    /// I/O: first port, aligned down to the number of ports.
    constexpr Word io_base() const { return align_down(raw_ >> 16 & 0xffff, Word{1} << io_log2size()); }
    constexpr Word io_count() const { return Word{1} << io_log2size(); }

private:
    Word raw_;
};

} // namespace pecan
