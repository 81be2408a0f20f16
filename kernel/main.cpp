// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/debug/console.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

extern "C" [[noreturn]] void boot_main(Word multiboot_info)
{
    console_start();
    print("\nPecan 0.1 microkernel\n");
    print("info at ", Hex{multiboot_info}, "\n");
    panic("nothing to start yet");
}

} // namespace pecan
