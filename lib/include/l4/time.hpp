// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_TIME_HPP
#define L4_TIME_HPP

#include <l4/word.hpp>

namespace l4 {

/// A time period as X.2 writes it in 16 bits: mantissa below 1024, shifted by an exponent.
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
    static constexpr Time milliseconds(Word count) { return microseconds(count * 1000); }

    constexpr Word raw() const { return raw_; }
    constexpr bool operator==(Time const&) const = default;

private:
    constexpr explicit Time(Word raw) : raw_{raw} {}
    Word raw_;
};

static_assert(Time::milliseconds(1).raw() == 0x3e8);

/// The Timeouts parameter of Ipc.
struct Timeouts {
    Time send = Time::never();
    Time receive = Time::never();
    constexpr Word raw() const { return L4_TIMEOUTS(send.raw(), receive.raw()); }
};

} // namespace l4

#endif
