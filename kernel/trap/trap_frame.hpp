// SPDX-License-Identifier: BSD-2-Clause
/// The registers of an interrupted thread, as the entry code pushes them.
#pragma once

#include <cstddef>

#include "kernel/support/address.hpp"

namespace pecan {

/// The CPU pushes the last five words (and the error code of some exceptions), the entry code the rest.
/// `vector` is that of the exception or interrupt, or one of the VECTOR_ values for a system call.
struct alignas(16) TrapFrame {
    Word r15, r14, r13, r12, rbp, rbx;
    Word r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
    Word vector, error;
    Word rip, cs, rflags, rsp, ss;

    /// Privilege level of the interrupted code.
    Word cpl() const { return cs & 3; }
};
static_assert(offsetof(TrapFrame, rip) + 5 * sizeof(Word) == sizeof(TrapFrame));
static_assert(sizeof(TrapFrame) == 22 * sizeof(Word));

} // namespace pecan
