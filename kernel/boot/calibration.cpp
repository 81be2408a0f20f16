// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/calibration.hpp"

namespace pecan {

namespace {

constexpr Word pit_hertz = 1193182;
constexpr Word shortest = pit_hertz / 50, longest = pit_hertz / 25; // 20 and 40 ms
/// Of so many first looks the quickest is the interval's start.
constexpr unsigned first_readings = 8;

/// Part of the whole by which two intervals may differ, and two readings together may be uncertain.
constexpr Word precision = 1000;

bool agree(Word a, Word b)
{
    Word const difference = a > b ? a - b : b - a;
    return difference <= b / precision;
}

} // namespace

void Calibration::begin()
{
    start_ = CounterReading{};
    readings_ = 0;
    ++intervals_;
}

Calibration::Next Calibration::add(CounterReading const& reading)
{
    Next const give_up = intervals_ < most_intervals ? Next::reload : Next::failed;
    if (++readings_ > most_readings) return Next::failed;
    if (reading.pit_has_wrapped) return give_up;
    if (readings_ <= first_readings) {
        if (readings_ == 1 || reading.duration() < start_.duration()) start_ = reading;
        return Next::read;
    }
    Moved const moved{reading.tsc_before - start_.tsc_before, Word{start_.pit} - reading.pit,
                      start_.apic - reading.apic};
    if (start_.pit < reading.pit || moved.pit > longest) return give_up;
    bool const is_quick = (start_.duration() + reading.duration()) * precision <= moved.tsc;
    if (moved.pit < shortest || !is_quick) return Next::read;
    if (moved.apic == 0) return Next::failed;
    Next const next = end_interval(moved);
    return next == Next::reload ? give_up : next;
}

Calibration::Next Calibration::end_interval(Moved const& moved)
{
    // The rates as a / b, compared without a division: a1 * b2 and a2 * b1.
    bool const same_tsc = agree(moved.tsc * last_.pit, last_.tsc * moved.pit);
    bool const same_apic = agree(moved.apic * last_.pit, last_.apic * moved.pit);
    bool const agrees = last_.pit != 0 && same_tsc && same_apic;
    result_ = {moved.tsc + last_.tsc, moved.pit + last_.pit, moved.apic + last_.apic};
    last_ = moved;
    return agrees ? Next::done : Next::reload;
}

Word Calibration::tsc_khz() const { return result_.tsc * pit_hertz / result_.pit / 1000; }
Word Calibration::apic_per_tsc() const { return (result_.apic << 32) / result_.tsc; }

} // namespace pecan
