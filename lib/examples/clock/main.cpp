// SPDX-License-Identifier: BSD-2-Clause
//
// A native L4 task that says now and then how long the system has been up. Its argument is the
// number of seconds between two lines.

#include <l4/console.hpp>
#include <l4/ipc.hpp>
#include <l4/syscall.hpp>
#include <l4/task.hpp>

namespace {

constexpr l4::Word default_seconds = 10;
constexpr l4::Word max_seconds = 86400;

l4::Word interval(std::string_view text)
{
    l4::Word seconds = 0;
    for (char const digit : text) {
        if (digit < '0' || digit > '9' || seconds > max_seconds) return default_seconds;
        seconds = seconds * 10 + static_cast<l4::Word>(digit - '0');
    }
    return seconds == 0 || seconds > max_seconds ? default_seconds : seconds;
}

} // namespace

void task_main(l4::TaskStart const& start)
{
    l4::Console console{start.console_id()};
    if (!console.open()) return;

    l4::Word const microseconds = interval(start.argument_text()) * 1'000'000;
    for (;;) {
        l4::Word const now = l4::system_clock();
        console.line("up {} s", now / 1'000'000);
        // Until a multiple of the interval: lateness does not add up, and less than an interval of it makes no line come twice.
        l4::sleep(l4::Time::microseconds(microseconds - now % microseconds));
    }
}
