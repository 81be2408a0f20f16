// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_RTC_HPP
#define ROOTTASK_RTC_HPP

#include <l4/word.hpp>

#include <cstdint>
#include <optional>

namespace root {

using l4::Word;

/// The registers of the PC's real-time clock as read.
struct RtcRegisters {
    std::uint8_t second, minute, hour, day, month, year, century, status_b;
    bool operator==(RtcRegisters const&) const = default;
};

/// Seconds since 1970 if the clock runs in UTC. Nothing if the registers do not hold a date.
std::optional<Word> seconds_since_1970(RtcRegisters const& rtc);

/// Seconds since 1970 together with the time stamp counter of the moment when they were read.
struct WallClock {
    Word seconds = 0;
    Word tsc = 0;
};

/// Needs ports 70h and 71h. A clock that cannot be read gives 0 seconds.
WallClock read_wall_clock();

/// Reads the clock for the last time: a task gets its ports. read_wall_clock() gives this reading from then on.
void leave_clock_to_others();

} // namespace root

#endif
