// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's clock: the time-stamp counter, and X.2's microseconds derived from it.
#pragma once

#include "kernel/api/time.hpp"

namespace pecan {

/// A value of the time-stamp counter, or a difference of two.
struct Tsc {
    Word ticks;
    constexpr auto operator<=>(Tsc const&) const = default;
    constexpr Tsc operator+(Tsc other) const { return {ticks + other.ticks}; }
    constexpr Tsc operator-(Tsc other) const { return {ticks - other.ticks}; }
};

/// Converts between the two; the X.2 clock is 0 at `base`.
class Clock {
public:
    constexpr Clock() = default;
    constexpr Clock(Tsc base, Word khz) : base_{base}, khz_{khz} {}

    constexpr Word khz() const { return khz_; }
    constexpr Tsc base() const { return base_; }
    constexpr Microseconds to_microseconds(Tsc at) const { return period(at - base_); }
    /// In two parts, so that nothing overflows in this machine's lifetime.
    constexpr Microseconds period(Tsc length) const
    {
        return {length.ticks / khz_ * 1000 + length.ticks % khz_ * 1000 / khz_};
    }
    /// The first tick at which the clock shows at least `at`, so that nothing is early.
    constexpr Tsc to_tsc(Microseconds at) const { return base_ + length(at); }
    constexpr Tsc length(Microseconds time) const
    {
        return {time.count / 1000 * khz_ + (time.count % 1000 * khz_ + 999) / 1000};
    }

private:
    Tsc base_{0};
    Word khz_{1};
};

} // namespace pecan
