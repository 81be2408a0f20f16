// SPDX-License-Identifier: BSD-2-Clause
#include "rtc.hpp"

#include <l4/machine.hpp>

namespace root {

namespace {

constexpr std::uint16_t index_port = 0x70, data_port = 0x71;
constexpr std::uint8_t update_in_progress = 0x80;
/// An update takes 2 ms; a clock that says it is in one for longer is broken.
constexpr unsigned max_polls = 100'000;

std::uint8_t cmos(std::uint8_t index)
{
    l4::out8(index_port, index); // bit 7 clear: NMI stays enabled
    return l4::in8(data_port);
}

RtcRegisters read_registers()
{
    return {
        .second = cmos(0),
        .minute = cmos(2),
        .hour = cmos(4),
        .day = cmos(7),
        .month = cmos(8),
        .year = cmos(9),
        .century = cmos(0x32),
        .status_b = cmos(0xb),
    };
}

constinit std::optional<WallClock> last_reading{};

bool wait_for_end_of_update()
{
    for (unsigned i = 0; i < max_polls; ++i)
        if ((cmos(0xa) & update_in_progress) == 0) return true;
    return false;
}

} // namespace

WallClock read_wall_clock()
{
    if (last_reading) return *last_reading;
    // An update can begin between the look at the flag and the last register: two readings that
    // agree were not torn.
    for (unsigned attempt = 0; attempt < 5; ++attempt) {
        if (!wait_for_end_of_update()) break;
        Word const tsc = l4::time_stamp();
        RtcRegisters const first = read_registers();
        if (read_registers() != first) continue;
        if (auto const seconds = seconds_since_1970(first)) return {*seconds, tsc};
        break;
    }
    return {0, l4::time_stamp()};
}

void leave_clock_to_others() { last_reading = read_wall_clock(); }

} // namespace root
