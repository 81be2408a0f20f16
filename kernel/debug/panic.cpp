// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's last words. Usable at any point after console_start, on any stack.
#include "kernel/support/panic.hpp"

#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/debug/console.hpp"
#include "kernel/debug/frame_panic.hpp"
#include "kernel/debug/trace/trace.hpp"

namespace pecan {

namespace {

/// A function of the kernel. A build with DEBUG=1 generates all of them, the highest first (kernel/rules.mk).
struct Symbol {
    Word start;
    char const* name;
};
extern "C" Symbol const kernel_symbols[], kernel_symbols_end[]; // of link.ld

/// A call may be the last instruction of its function: what it returns to is another then, `inside` is not.
void print_call(Word address, Word inside)
{
    print("\n    ", VirtAddr{address});
    Symbol const* symbol = kernel_symbols;
    while (symbol != kernel_symbols_end && symbol->start > inside) ++symbol;
    if (symbol != kernel_symbols_end) print(" ", symbol->name, " + ", Hex{address - symbol->start});
}

/// Prints `ip` and what looks like a return address between `sp` and the end of its stack: a processor's own has
/// several pages, of any other only one is sure to be there. The kernel keeps no frame pointers, so this may name calls
/// that are over; it costs nothing until it is needed.
void print_back_trace(Word ip, Word sp)
{
    print("  calls, latest first (some may be over):");
    print_call(ip, ip);
    Word const own = reinterpret_cast<Word>(this_cpu().stack);
    int more = 15;
    do {
        Word const address = *reinterpret_cast<Word const*>(sp);
        sp += sizeof address;
        if (!is_kernel_text(VirtAddr{address})) continue;
        print_call(address, address - 1);
        --more;
    } while (more != 0 && (!is_aligned(sp, page_size) || (sp > own && sp < own + sizeof(Cpu::stack))));
    print("\n");
}

/// Set by the first panic: a fault inside of it must not start over.
constinit bool in_panic = false;

void begin()
{
    asm volatile("cli");
    if (in_panic) x86::stop();
    in_panic = true;
    console_start();
}

[[noreturn]] void end(Word ip, Word sp)
{
    print_back_trace(ip, sp);
    print_trace(console());
    x86::stop();
}

} // namespace

void panic(char const* message, char const* file, int line)
{
    begin();
    print("\nPecan panic: ", message, "\n  at ", file, ":", line, "\n");
    print("  cr2 ", Hex{x86::read_cr2(), 16}, " cr3 ", Hex{x86::read_cr3(), 16}, "\n");
    end(reinterpret_cast<Word>(__builtin_return_address(0)), reinterpret_cast<Word>(__builtin_frame_address(0)));
}

void panic_with_frame(char const* message, TrapFrame const& frame, Word root)
{
    begin();
    print("\nvector ", Dec{frame.vector}, " error ", Hex{frame.error}, " cr2 ", Hex{x86::read_cr2()}, " cr3 ",
          Hex{root}, "\n");
    print("rip ", Hex{frame.cs}, ":", Hex{frame.rip}, " rsp ", Hex{frame.ss}, ":", Hex{frame.rsp}, " rflags ",
          Hex{frame.rflags}, "\n");
    print("rax ", Hex{frame.rax}, " rbx ", Hex{frame.rbx}, " rcx ", Hex{frame.rcx}, " rdx ", Hex{frame.rdx}, " rsi ",
          Hex{frame.rsi}, " rdi ", Hex{frame.rdi}, " rbp ", Hex{frame.rbp}, "\n");
    print("r8 ", Hex{frame.r8}, " r9 ", Hex{frame.r9}, " r10 ", Hex{frame.r10}, " r11 ", Hex{frame.r11}, " r12 ",
          Hex{frame.r12}, " r13 ", Hex{frame.r13}, " r14 ", Hex{frame.r14}, " r15 ", Hex{frame.r15}, "\n");
    if (Tcb const* thread = this_cpu().current) print("thread ", Hex{thread->id.raw()}, "\n");
    print("\nPecan panic: ", message, "\n");
    // A user's stack tells nothing of the kernel, and may not be there.
    end(frame.rip, frame.cpl() == 0 ? frame.rsp : reinterpret_cast<Word>(&frame));
}

} // namespace pecan
