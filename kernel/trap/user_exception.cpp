// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/trap/user_exception.hpp"

#include "kernel/arch/x86/address_space.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/boot/interface_page.hpp"
#include "kernel/ipc/exception_message.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/space/user_memory.hpp"
#include "kernel/trap/io_instruction.hpp"
#include "l4/kip.h"

namespace pecan {

namespace {

/// KernelInterface (X.2, 1.1): LOCK NOP is an invalid opcode that tells where the interface page is.
bool kernel_interface(Tcb& thread)
{
    constexpr unsigned char lock_nop[] = {0xf0, 0x90};
    unsigned char code[sizeof(lock_nop)];
    TrapFrame& frame = thread.frame;
    if (read_user_bytes(*thread.space, VirtAddr{frame.rip}, code, sizeof(code)) != sizeof(code)) return false;
    if (__builtin_memcmp(code, lock_nop, sizeof(code)) != 0) return false;
    frame.rip += sizeof(lock_nop);
    frame.rax = thread.space->kip_area().base();
    frame.rcx = L4_KIP_API_VERSION;
    frame.rdx = L4_KIP_API_FLAGS;
    frame.rsi = kernel_id();
    return true;
}

/// A port that the thread may not use is asked of its pager.
bool io_fault(Tcb& thread)
{
    unsigned char code[IoInstruction::max_length];
    unsigned const length = read_user_bytes(*thread.space, VirtAddr{thread.frame.rip}, code, sizeof(code));
    IoInstruction const instruction = IoInstruction::decode(code, length, static_cast<std::uint16_t>(thread.frame.rdx));
    if (!instruction.is_valid()) return false;
    send_io_fault(thread, instruction.port(), instruction.log2size());
    return true;
}

} // namespace

void handle_user_exception(Tcb& thread)
{
    TrapFrame& frame = thread.frame;
    switch (frame.vector) {
    case vectors::page_fault: {
        Word const address = x86::read_cr2();
        if (thread.space->is_sigma0() && mapping_database().provide(*thread.space, VirtAddr{address})) return;
        send_page_fault(thread, address, wanted_rights(frame.error));
        return;
    }
    case vectors::invalid_opcode:
        if (kernel_interface(thread)) return;
        break;
    case vectors::general_protection:
        if (show_hidden_io_ports(*thread.space) || io_fault(thread)) return;
        break;
    case vectors::breakpoint:
        // The classic headers' debugger calls are an INT3 each: without a handler they do nothing (x2-amd64.md, 6.9).
        if (exception_handler(thread).is_nil()) return;
        break;
    case vectors::int80: frame.refuse_int80(); break;
    default: break;
    }
    send_exception(thread, frame.vector, frame.error);
}

} // namespace pecan
