// SPDX-License-Identifier: BSD-2-Clause
//
// A device driver in user mode, and its pager. Instance 0 is the pager: it lends the driver memory and I/O ports when
// the driver touches them. Instance 1 is the driver: it programs the PC's real-time clock to tick, gets each interrupt
// as a message, and says every second how regular the ticks were. docs/writing-a-task.md walks through it.

#include "roles.hpp"

void task_main(l4::TaskStart const& start)
{
    using namespace rtc_example;
    l4::Console console{start.console_id()};
    if (!console.open()) return;
    if (start.instance_count != 2) {
        console.line("needs to be started as a pair, not as {}", start.instance_count);
        return;
    }
    if (start.instance == pager_instance)
        be_pager(start.peer(driver_instance), console);
    else
        be_driver(start, console);
}
