// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/api/time.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

TEST(Time, special_values)
{
    EXPECT_TRUE(Time::never().is_never());
    EXPECT_FALSE(Time::never().is_zero());
    EXPECT_TRUE(Time::zero().is_zero());
    EXPECT_FALSE(Time::zero().is_never());
    EXPECT_TRUE(Time{0xdead0000}.is_never()); // only 16 bits count
}

TEST(Time, periods)
{
    EXPECT_EQ(Time{L4_TIME_PERIOD(0, 1)}.length().count, 1u);
    EXPECT_EQ(Time{L4_TIME_PERIOD(10, 1000)}.length().count, 1024000u);
    EXPECT_EQ(Time{L4_TIME_PERIOD(31, 1023)}.length().count, Word{1023} << 31);
    EXPECT_EQ(Time{L4_TIME_PERIOD(0, 5)}.due({100}).count, 105u);
    EXPECT_TRUE(Time{L4_TIME_PERIOD(7, 0)}.is_zero());
}

/// The word for the moment `at`, as a user makes it: e scaled bits below the interval's parity.
Word point(Word at, Word e) { return 0x8000 | e << 11 | (at >> (e + 10) & 1) << 10 | (at >> e & 0x3ff); }

TEST(Time, a_point_in_the_near_future_is_met_exactly)
{
    for (Word e = 0; e < 16; ++e) {
        Word const unit = Word{1} << e;
        for (Word start : {Word{0}, Word{123456789}, Word{1} << 40}) {
            Word const now = start / unit * unit;
            for (Word ahead : {Word{1}, Word{500}, Word{1023}}) {
                Word const at = now + ahead * unit;
                EXPECT_EQ(Time{point(at, e)}.due({now}).count, at) << e << ' ' << start << ' ' << ahead;
            }
        }
    }
}

} // namespace
} // namespace pecan
