// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_TIME_HPP
#define L4_TIME_HPP

#include <l4/word.hpp>

namespace l4 {

/// A time period as X.2 writes it in 16 bits: mantissa below 1024, shifted by an exponent. Or a point: ten bits of the
/// clock, and whether the bit above them will be set.
class Time {
public:
    static constexpr Time never() { return Time{L4_TIME_NEVER}; }
    static constexpr Time zero() { return Time{L4_TIME_ZERO}; }

    /// The shortest period that is not shorter than asked for; the longest there is for very long ones.
    static constexpr Time microseconds(Word count)
    {
        if (count == 0) return zero();
        unsigned exponent = 0;
        while (count >= 1024) {
            if (exponent == 31) return Time{L4_TIME_PERIOD(31UL, 1023UL)};
            count = count / 2 + count % 2; // rounded up
            ++exponent;
        }
        return Time{L4_TIME_PERIOD(exponent, count)};
    }
    static constexpr Time from_raw(Word raw) { return Time{raw & 0xffff}; }
    static constexpr Time milliseconds(Word count) { return microseconds(count * 1000); }

    /// The moment at which the clock shows `clock`, or the next that can be written; `now` is what it shows at present.
    /// At most half a minute ahead; what lies further ahead, or in the past, comes sooner or later than asked for.
    static constexpr Time point(Word clock, Word now)
    {
        unsigned exponent = 0;
        while (exponent < 15 && rounded_up(clock, exponent) >> (exponent + 10) > (now >> (exponent + 10)) + 1)
            ++exponent;
        Word const scaled = rounded_up(clock, exponent) >> exponent;
        return Time{1UL << 15 | Word{exponent} << 11 | (scaled & 0x7ff)};
    }

    constexpr Word raw() const { return raw_; }
    constexpr bool operator==(Time const&) const = default;

private:
    constexpr explicit Time(Word raw) : raw_{raw} {}
    static constexpr Word rounded_up(Word value, unsigned bits) { return (value + (1UL << bits) - 1) >> bits << bits; }
    Word raw_;
};

static_assert(Time::milliseconds(1).raw() == 0x3e8);
static_assert(Time::point(0x1234, 0x1000).raw() == 0x8234);
static_assert(Time::point(0x1634, 0x1300).raw() == 0x8634); // bit 10 is set by then

/// The Timeouts parameter of Ipc.
struct Timeouts {
    Time send = Time::never();
    Time receive = Time::never();
    constexpr Word raw() const { return L4_TIMEOUTS(send.raw(), receive.raw()); }
};

} // namespace l4

#endif
