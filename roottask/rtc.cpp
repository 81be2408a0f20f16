// SPDX-License-Identifier: BSD-2-Clause
#include "rtc.hpp"

namespace root {

namespace {

constexpr std::uint8_t binary_mode = 0x04, hours_24 = 0x02, afternoon = 0x80;

constexpr unsigned from_bcd(std::uint8_t value) { return (value >> 4) * 10u + (value & 0xf); }
constexpr bool is_bcd(std::uint8_t value) { return (value >> 4) < 10 && (value & 0xf) < 10; }

/// Days from 1970-01-01 to a date of the Gregorian calendar, by counting in years that begin in
/// March, so that the leap day is the last of its year.
constexpr Word days_since_1970(Word year, unsigned month, unsigned day)
{
    Word const y = month > 2 ? year : year - 1;
    Word const m = month > 2 ? month - 3 : month + 9;
    Word const days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    return days - 719468; // the same for 1970-01-01
}
static_assert(days_since_1970(1970, 1, 1) == 0);
static_assert(days_since_1970(2000, 3, 1) == 11017);

constexpr bool is_leap(Word year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
constexpr unsigned days_in(unsigned month, Word year)
{
    constexpr unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

} // namespace

std::optional<Word> seconds_since_1970(RtcRegisters const& rtc)
{
    bool const is_binary = (rtc.status_b & binary_mode) != 0;
    bool const is_12_hours = (rtc.status_b & hours_24) == 0;
    bool const is_afternoon = is_12_hours && (rtc.hour & afternoon) != 0;
    std::uint8_t const raw_hour = is_12_hours ? static_cast<std::uint8_t>(rtc.hour & ~afternoon) : rtc.hour;

    for (std::uint8_t const value : {rtc.second, rtc.minute, raw_hour, rtc.day, rtc.month, rtc.year})
        if (!is_binary && !is_bcd(value)) return {};
    auto const decode = [is_binary](std::uint8_t value) -> unsigned { return is_binary ? value : from_bcd(value); };

    unsigned hour = decode(raw_hour);
    if (is_12_hours) {
        if (hour < 1 || hour > 12) return {};
        hour = hour % 12 + (is_afternoon ? 12 : 0);
    }
    unsigned const month = decode(rtc.month), day = decode(rtc.day), year_in_century = decode(rtc.year);
    // Not every machine keeps the century; where it makes no sense this one is meant.
    unsigned century = is_bcd(rtc.century) && !is_binary ? from_bcd(rtc.century) : rtc.century;
    if (century < 19 || century > 29) century = 20;
    if (year_in_century > 99) return {};
    Word const year = century * 100u + year_in_century;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(month, year) || hour > 23 ||
        decode(rtc.minute) > 59 || decode(rtc.second) > 59)
        return {};
    return ((days_since_1970(year, month, day) * 24 + hour) * 60 + decode(rtc.minute)) * 60 + decode(rtc.second);
}

} // namespace root
