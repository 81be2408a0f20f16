// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_RAW_IPC_HPP
#define TESTS_SYSTEM_RAW_IPC_HPP

#include "tests/system/harness/registers.hpp"

#include <l4/thread_id.hpp>
#include <l4/time.hpp>

namespace test {

/// The register of MR0 to MR7 at Ipc, Lipc, Unmap and MemoryControl.
constexpr Word Registers::*message_registers[8] = {
    &Registers::r9,  &Registers::rax, &Registers::rbx, &Registers::r10,
    &Registers::r12, &Registers::r13, &Registers::r14, &Registers::r15,
};

/// Registers for one Ipc; RDI, which is only a convenience, is garbage.
inline Registers ipc_registers(l4::ThreadId to, l4::ThreadId from, Word timeouts, Word tag)
{
    Registers registers = distinct_registers(0x1bc);
    registers.rsi = to.raw();
    registers.rdx = from.raw();
    registers.r8 = timeouts;
    registers.r9 = tag;
    registers.rdi = 0xdeadbeef;
    return registers;
}

} // namespace test

#endif
