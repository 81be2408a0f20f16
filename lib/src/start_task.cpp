// SPDX-License-Identifier: BSD-2-Clause
//
// Start of a native task: RSP points at the TaskStart that its loader has put on top of the stack.

#include <l4/start.hpp>
#include <l4/task.hpp>
#include <l4/utcb.hpp>

extern "C" [[gnu::used]] void l4_start_task(l4::TaskStart const* start)
{
    // X.2 gives a new thread no exception handler; the loader wants to hear of a crash.
    l4::my_utcb().exception_handler = l4::my_utcb().pager;
    task_main(*start);
    l4::stop();
}

asm(".text\n"
    ".globl _start\n"
    "_start:\n"
    "    cld\n"
    "    mov %rsp, %rdi\n"
    "    and $-16, %rsp\n"
    "    xor %ebp, %ebp\n"
    "    call l4_start_task\n"
    "    ud2\n");
