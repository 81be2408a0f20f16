// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/debug/frame_panic.hpp"

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/debug/console.hpp"

namespace pecan {

void panic_with_frame(char const* message, TrapFrame const& frame, Word root)
{
    console_take_back();
    print("\nvector ", Dec{frame.vector}, " error ", Hex{frame.error}, " cr2 ", Hex{x86::read_cr2()}, " cr3 ",
          Hex{root}, "\n");
    print("rip ", Hex{frame.cs}, ":", Hex{frame.rip}, " rsp ", Hex{frame.ss}, ":", Hex{frame.rsp}, " rflags ",
          Hex{frame.rflags}, "\n");
    print("rax ", Hex{frame.rax}, " rbx ", Hex{frame.rbx}, " rcx ", Hex{frame.rcx}, " rdx ", Hex{frame.rdx}, " rsi ",
          Hex{frame.rsi}, " rdi ", Hex{frame.rdi}, " rbp ", Hex{frame.rbp}, "\n");
    print("r8 ", Hex{frame.r8}, " r9 ", Hex{frame.r9}, " r10 ", Hex{frame.r10}, " r11 ", Hex{frame.r11}, " r12 ",
          Hex{frame.r12}, " r13 ", Hex{frame.r13}, " r14 ", Hex{frame.r14}, " r15 ", Hex{frame.r15}, "\n");
    if (Tcb const* thread = this_cpu().current) print("thread ", Hex{thread->id.raw()}, "\n");
    panic(message);
}

} // namespace pecan
