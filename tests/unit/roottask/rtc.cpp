// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/rtc.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace {

using namespace root;

constexpr RtcRegisters bcd{0x56, 0x34, 0x12, 0x22, 0x11, 0x26, 0x20, 0x02};
constexpr Word noon_2026 = 1795350896; // 2026-11-22 12:34:56 UTC

TEST(Rtc, ReadsTheUsualForm) { EXPECT_EQ(seconds_since_1970(bcd), noon_2026); }

TEST(Rtc, ReadsEveryForm)
{
    RtcRegisters binary{56, 34, 12, 22, 11, 26, 20, 0x06};
    EXPECT_EQ(seconds_since_1970(binary), noon_2026);
    RtcRegisters half_day = bcd;
    half_day.status_b = 0;
    half_day.hour = 0x92; // 12 pm
    EXPECT_EQ(seconds_since_1970(half_day), noon_2026);
    half_day.hour = 0x12; // 12 am
    EXPECT_EQ(seconds_since_1970(half_day), noon_2026 - 12 * 3600);
    half_day.hour = 0x81; // 1 pm
    EXPECT_EQ(seconds_since_1970(half_day), noon_2026 + 3600);
    RtcRegisters no_century = bcd;
    no_century.century = 0;
    EXPECT_EQ(seconds_since_1970(no_century), noon_2026);
}

TEST(Rtc, AgreesWithTheLibraryOnEveryDay)
{
    for (std::time_t t = 86399; t < 86400l * 365 * 129; t += 86400) {
        std::tm const* const d = std::gmtime(&t);
        int const year = d->tm_year + 1900;
        auto const byte = [](int v) { return static_cast<std::uint8_t>(v); };
        RtcRegisters const rtc{byte(d->tm_sec),     byte(d->tm_min),  byte(d->tm_hour), byte(d->tm_mday),
                               byte(d->tm_mon + 1), byte(year % 100), byte(year / 100), 0x06};
        ASSERT_EQ(seconds_since_1970(rtc), static_cast<Word>(t));
    }
}

TEST(Rtc, RefusesWhatIsNoDate)
{
    auto const with = [](auto member, std::uint8_t value) {
        RtcRegisters rtc = bcd;
        rtc.*member = value;
        return seconds_since_1970(rtc);
    };
    EXPECT_FALSE(with(&RtcRegisters::second, 0x60));
    EXPECT_FALSE(with(&RtcRegisters::second, 0x5a));
    EXPECT_FALSE(with(&RtcRegisters::minute, 0x61));
    EXPECT_FALSE(with(&RtcRegisters::hour, 0x24));
    EXPECT_FALSE(with(&RtcRegisters::day, 0x31)) << "November has 30 days";
    EXPECT_FALSE(with(&RtcRegisters::day, 0));
    EXPECT_FALSE(with(&RtcRegisters::month, 0));
    EXPECT_FALSE(with(&RtcRegisters::month, 0x13));
    EXPECT_FALSE(with(&RtcRegisters::year, 0xff));
    EXPECT_FALSE(seconds_since_1970({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})) << "no chip there";
}

} // namespace
