// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_RTC_HPP
#define TESTS_SYSTEM_RTC_HPP

#include <l4/machine.hpp>

/// The PC's real-time clock as a source of interrupts on line 8. Its ports belong to the test server's space.
namespace test::rtc {

inline constexpr l4::Word line = 8;

inline std::uint8_t get(std::uint8_t index)
{
    l4::out8(0x70, index);
    return l4::in8(0x71);
}
inline void set(std::uint8_t index, std::uint8_t value)
{
    l4::out8(0x70, index);
    l4::out8(0x71, value);
}

inline constexpr std::uint8_t periodic = 0x40, update_ended = 0x10;

/// The line falls when its reason is read.
inline void clear() { (void)get(0xc); }

/// No interrupts.
inline void stop()
{
    set(0xb, static_cast<std::uint8_t>(get(0xb) & ~0x70));
    clear();
}

/// Interrupts of a kind; periodic ones at 32768 >> (rate - 1) Hz.
inline void start(std::uint8_t kind, std::uint8_t rate = 10)
{
    set(0xa, static_cast<std::uint8_t>((get(0xa) & 0xf0) | rate));
    set(0xb, static_cast<std::uint8_t>((get(0xb) & ~0x70) | kind));
    clear();
}

inline constexpr std::uint8_t at_64_hz = 10, at_1024_hz = 6;

} // namespace test::rtc

#endif
