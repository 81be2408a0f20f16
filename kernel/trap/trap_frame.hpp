// SPDX-License-Identifier: BSD-2-Clause
/// The registers of an interrupted thread, as the entry code pushes them.
#pragma once

#include <cstddef>

#include "kernel/support/address.hpp"

namespace pecan {

/// Exceptions that the kernel knows by name (Intel SDM 3A, 6.3.1).
namespace vectors {
inline constexpr Word breakpoint = 3, invalid_opcode = 6, double_fault = 8, general_protection = 13, page_fault = 14;
/// Linux's 32-bit system call: open to ring 3, and no interrupt.
inline constexpr Word int80 = 0x80;
} // namespace vectors

/// What ring 0 loads into RFLAGS for rings 1 and 3: no IOPL, NT, VM, VIF, VIP; real interrupts are on.
constexpr Word filter_flags(Word flags) { return (flags & 0x250dd5) | 0x202; }

/// The CPU pushes the last five words (and the error code of some exceptions), the entry code the rest.
/// `vector` is that of the exception or interrupt, or one of the VECTOR_ values for a system call.
struct alignas(16) TrapFrame {
    Word r15, r14, r13, r12, rbp, rbx;
    Word r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
    Word vector, error;
    Word rip, cs, rflags, rsp, ss;

    /// Privilege level of the interrupted code.
    Word cpl() const { return cs & 3; }

    /// An `int 80h` that nobody takes is what it would be with a gate of DPL 0.
    void refuse_int80()
    {
        constexpr Word instruction_length = 2;
        rip -= instruction_length;
        vector = vectors::general_protection;
        error = vectors::int80 * 8 + 2;
    }
};
static_assert(offsetof(TrapFrame, rip) + 5 * sizeof(Word) == sizeof(TrapFrame));
static_assert(sizeof(TrapFrame) == 22 * sizeof(Word));

} // namespace pecan
