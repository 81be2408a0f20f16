// SPDX-License-Identifier: BSD-2-Clause
#include <l4/console.hpp>
#include <l4/task.hpp>

void task_main(l4::TaskStart const& start)
{
    l4::Console console{start.console_id()};
    if (!console.open()) return;
    console.line("hello, I am instance {} of {}", start.instance, start.instance_count);
}
