// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's last words. Usable at any point after console_start, on any stack.
#include "kernel/support/panic.hpp"

#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/debug/console.hpp"
#include "kernel/debug/trace/trace.hpp"

namespace pecan {

namespace {

/// Prints what looks like a return address between here and the end of the stack's page. The kernel keeps no frame
/// pointers, so this may name calls that are over; it costs nothing until it is needed.
void print_back_trace()
{
    auto const* slot = static_cast<Word const*>(__builtin_frame_address(0));
    print("  calls, latest first (some may be over):");
    for (int found = 0; found < 16; ++slot) {
        if (is_kernel_text(VirtAddr{*slot})) {
            print(found % 4 == 0 ? "\n    " : " ", VirtAddr{*slot});
            ++found;
        }
        if (is_aligned(reinterpret_cast<Word>(slot + 1), page_size)) break;
    }
    print("\n");
}

[[noreturn]] void stop()
{
    for (;;) asm volatile("cli; hlt");
}

/// Set by the first panic: a fault inside of it must not start over.
constinit bool in_panic = false;

} // namespace

void panic(char const* message, char const* file, int line)
{
    asm volatile("cli");
    if (in_panic) stop();
    in_panic = true;

    console_take_back();
    print("\nPecan panic: ", message, "\n  at ", file, ":", line, "\n");
    print("  cr2 ", Hex{x86::read_cr2(), 16}, " cr3 ", Hex{x86::read_cr3(), 16}, "\n");
    print_back_trace();
    print_trace(console());
    stop();
}

} // namespace pecan
