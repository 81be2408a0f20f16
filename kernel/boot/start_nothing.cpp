// SPDX-License-Identifier: BSD-2-Clause
/// The kernel without its rooms: boots, reports, stops.
#include "kernel/boot/start.hpp"
#include "kernel/debug/console.hpp"

namespace pecan {

[[noreturn, gnu::weak]] void start_system(BootInfo const&)
{
    print("nothing to start yet\n");
    for (;;) asm volatile("cli; hlt");
}

} // namespace pecan
