// SPDX-License-Identifier: BSD-2-Clause
#ifndef RTC_EXAMPLE_ROLES_HPP
#define RTC_EXAMPLE_ROLES_HPP

#include <l4/console.hpp>
#include <l4/range.hpp>
#include <l4/task.hpp>

#include <cstdint>

/// The two tasks of this example, one module: task=rtc*2,ports=70-71,irq=8 on the root task's command line.
namespace rtc_example {

using l4::Word;

inline constexpr Word pager_instance = 0, driver_instance = 1;

/// Addresses of the driver for which its pager has memory.
inline constexpr unsigned heap_pages = 16;
inline constexpr l4::Range heap{0x40000000, 0x40000000 + heap_pages* l4::page_size};

inline constexpr std::uint16_t index_port = 0x70, data_port = 0x71;
inline constexpr unsigned log2_ports = 1;

[[noreturn]] void be_pager(l4::ThreadId driver, l4::Console& console);
void be_driver(l4::TaskStart const& start, l4::Console& console);

} // namespace rtc_example

#endif
