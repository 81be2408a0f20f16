// SPDX-License-Identifier: BSD-2-Clause
/// How fast the time-stamp counter and the APIC timer run, by the PIT, also where the processor is taken away at any
/// moment (a host that is busy, an SMI): a disturbed reading is recognised and counts for nothing.
#pragma once

#include "kernel/support/address.hpp"

namespace pecan {

/// One look at all counters. PIT and APIC timer count down.
struct CounterReading {
    Word tsc_before, tsc_after; ///< the other counters were read between these
    std::uint16_t pit;
    bool pit_has_wrapped; ///< its output has risen: the count began anew since it was loaded
    std::uint32_t apic;

    Word duration() const { return tsc_after - tsc_before; }
};

/// Two looks 20 to 40 ms apart, both quick, make an interval; the first interval that agrees with the one before ends it.
class Calibration {
public:
    enum class Next {
        read,   ///< read the counters again
        reload, ///< load PIT (with ffff) and APIC timer (with all ones), then read
        done,
        failed, ///< the counters stand still, or no two intervals agree
    };

    static constexpr unsigned most_intervals = 64;
    /// So many looks into one interval, and the PIT stands still.
    static constexpr unsigned most_readings = 10'000'000;

    /// The counters have just been loaded.
    void begin();
    Next add(CounterReading const& reading);

    /// When done.
    Word tsc_khz() const;
    /// APIC timer ticks per 2^32 TSC ticks.
    Word apic_per_tsc() const;

private:
    /// What the counters moved in one interval.
    struct Moved {
        Word tsc, pit, apic;
    };

    Next end_interval(Moved const& moved);

    CounterReading start_{};
    unsigned readings_{0};
    unsigned intervals_{0};
    Moved last_{};   ///< interval before; pit is 0 if there is none
    Moved result_{}; ///< both together
};

} // namespace pecan
