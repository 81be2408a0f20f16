// SPDX-License-Identifier: BSD-2-Clause
/// Time periods and points (X.2, 3.1) and their meaning on the kernel's clock.
#pragma once

#include "kernel/support/address.hpp"
#include "l4/types.h"

namespace pecan {

/// Microseconds since the clock's start.
struct Microseconds {
    Word count;
    constexpr auto operator<=>(Microseconds const&) const = default;
};

/// The 16 bits of a time value; whatever stands above them is ignored.
class Time {
public:
    constexpr explicit Time(Word raw) : raw_{raw & 0xffff} {}
    static constexpr Time never() { return Time{L4_TIME_NEVER}; }
    static constexpr Time zero() { return Time{L4_TIME_ZERO}; }

    /// The shortest period that can be written and is not shorter than `length`; nothing left is one microsecond.
    static constexpr Time period(Microseconds length)
    {
        Word mantissa = length.count == 0 ? 1 : length.count;
        Word exponent = 0;
        for (; mantissa >= 0x400; ++exponent) mantissa = (mantissa + 1) / 2;
        return Time{exponent << 10 | mantissa};
    }

    constexpr Word raw() const { return raw_; }
    constexpr bool is_never() const { return raw_ == L4_TIME_NEVER; }
    constexpr bool is_point() const { return (raw_ & 0x8000) != 0; }
    /// A period without length: 'at once'.
    constexpr bool is_zero() const { return !is_point() && !is_never() && mantissa() == 0; }

    /// A period's length. Meaningless for 'never' and for points.
    constexpr Microseconds length() const { return {mantissa() << (raw_ >> 10 & 0x1f)}; }

    /// The moment this value means when the clock stands at `now`; not for 'never'.
    constexpr Microseconds due(Microseconds now) const
    {
        if (!is_point()) return {now.count + length().count};
        // A point names the low bits of the clock, e bits scaled; bit c tells which of two neighbouring
        // intervals of 2^(e+10) is meant, so the kernel and the user may disagree on 'now' by that much.
        Word const e = raw_ >> 11 & 0xf;
        Word const c = raw_ >> 10 & 1;
        Word const interval = now.count >> (e + 10);
        Word const base = (interval & 1) == c ? interval : interval + 1;
        return {(mantissa() + (base << 10)) << e};
    }

private:
    constexpr Word mantissa() const { return raw_ & 0x3ff; }
    Word raw_;
};

} // namespace pecan
