// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace pecan {
namespace {

using Next = Calibration::Next;

/// A PC whose processor is taken away at times. Time is in nanoseconds.
struct Machine {
    double tsc_ghz = 3.1, apic_ghz = 1.0;
    double reading_ns = 1500;                   ///< how long a look takes at best
    double stolen_share = 0, stolen_ns = 4e6;   ///< how often a step is disturbed, and by how much at most
    bool pit_counts = true, apic_counts = true; ///< false: it stands still
    bool jumps = false;                         ///< the PIT gets late as long as it runs, differently each time
    double now = 0, loaded = 0, lag = 0;
    std::mt19937 random{1};

    void pass(double ns)
    {
        now += ns;
        if (std::uniform_real_distribution<>{}(random) < stolen_share)
            now += std::uniform_real_distribution<>{0, stolen_ns}(random);
    }
    Word tsc() const { return static_cast<Word>(1e9 + now * tsc_ghz); }
    Word pit_ticks() const { return pit_counts ? static_cast<Word>((now - loaded) * 1.193182e-3 * (1 - lag)) : 0; }

    void load()
    {
        pass(2000);
        loaded = now;
        lag = jumps ? std::uniform_real_distribution<>{0, 0.2}(random) : 0;
    }
    CounterReading read()
    {
        CounterReading reading{};
        pass(reading_ns);
        reading.tsc_before = tsc();
        pass(reading_ns / 2);
        reading.pit = static_cast<std::uint16_t>(0xffff - pit_ticks());
        pass(reading_ns / 2);
        reading.apic = ~std::uint32_t{0} - (apic_counts ? static_cast<std::uint32_t>((now - loaded) * apic_ghz) : 0);
        reading.tsc_after = tsc();
        pass(reading_ns);
        reading.pit_has_wrapped = pit_ticks() > 0xffff;
        return reading;
    }
    Next calibrate(Calibration& calibration)
    {
        Next next = Next::reload;
        while (next == Next::reload || next == Next::read) {
            if (next == Next::reload) {
                load();
                calibration.begin();
            }
            next = calibration.add(read());
        }
        return next;
    }
    /// In parts of the whole.
    double tsc_error(Calibration const& calibration) const
    {
        return std::abs(static_cast<double>(calibration.tsc_khz()) / (tsc_ghz * 1e6) - 1);
    }
    double apic_error(Calibration const& calibration) const
    {
        return std::abs(std::ldexp(static_cast<double>(calibration.apic_per_tsc()), -32) / (apic_ghz / tsc_ghz) - 1);
    }
};

TEST(Calibration, undisturbed)
{
    for (double const ghz : {0.8, 1.0, 2.1, 3.1, 5.9}) {
        Machine machine;
        machine.tsc_ghz = ghz;
        Calibration calibration;
        ASSERT_EQ(machine.calibrate(calibration), Next::done);
        EXPECT_LT(machine.tsc_error(calibration), 0.0002);
        EXPECT_LT(machine.apic_error(calibration), 0.0002);
        EXPECT_LT(machine.now, 100e6);
    }
}

TEST(Calibration, a_busy_host_makes_it_slower_not_wrong)
{
    // What is stolen: a little often, much at times, several times the PIT's whole count.
    struct {
        double share, ns;
    } const loads[] = {{0.01, 1e5}, {0.01, 4e6}, {0.002, 50e6}, {0.00005, 300e6}};
    for (auto const load : loads) {
        for (unsigned seed = 0; seed < 40; ++seed) {
            Machine machine;
            machine.random.seed(seed);
            machine.stolen_share = load.share;
            machine.stolen_ns = load.ns;
            Calibration calibration;
            ASSERT_EQ(machine.calibrate(calibration), Next::done);
            EXPECT_LT(machine.tsc_error(calibration), 0.001) << load.ns << " ns, seed " << seed;
            EXPECT_LT(machine.apic_error(calibration), 0.002) << load.ns << " ns, seed " << seed;
        }
    }
}

TEST(Calibration, slow_readings_are_not_believed)
{
    Machine machine;
    machine.reading_ns = 100e3;
    Calibration calibration;
    EXPECT_EQ(machine.calibrate(calibration), Next::failed);
}

TEST(Calibration, intervals_must_agree)
{
    Machine machine;
    machine.jumps = true;
    Calibration calibration;
    // By chance two of them do at times; with this seed they do not.
    EXPECT_EQ(machine.calibrate(calibration), Next::failed);
}

TEST(Calibration, counters_that_stand_still)
{
    Machine no_apic;
    no_apic.apic_counts = false;
    Calibration first;
    EXPECT_EQ(no_apic.calibrate(first), Next::failed);

    Machine no_pit;
    no_pit.pit_counts = false;
    Calibration second;
    EXPECT_EQ(no_pit.calibrate(second), Next::failed);
}

} // namespace
} // namespace pecan
