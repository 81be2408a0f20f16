// SPDX-License-Identifier: BSD-2-Clause
/// What assembly needs to know of C++ types: compiled with -S, never linked; the build lifts the lines that EMIT
/// marks into out/kernel/offsets.h.

#include <cstddef>

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "l4/vcpu.h"

#define EMIT(name, value) asm volatile("#define " #name " %c0" : : "i"(value))

namespace pecan {

[[gnu::used]] static void emit_offsets()
{
    EMIT(TRAP_FRAME_SIZE, sizeof(TrapFrame));

    EMIT(CPU_STACK_TOP, offsetof(Cpu, stack) + sizeof(Cpu::stack));
    EMIT(CPU_ABORT_STACK_TOP, offsetof(Cpu, abort_stack) + sizeof(Cpu::abort_stack));
    EMIT(CPU_USER_SP, offsetof(Cpu, user_sp));
    EMIT(CPU_FRAME_END, offsetof(Cpu, frame_end));

    EMIT(READ_ONLY_KERNEL_CR3, offsetof(GateReadOnly, kernel_cr3));
    EMIT(READ_ONLY_RSP0, offsetof(GateReadOnly, rsp0));
    EMIT(READ_ONLY_VCPU_MODE, offsetof(GateReadOnly, vcpu_mode));
    EMIT(SCRATCH_RSP, offsetof(GateScratch, rsp));
    EMIT(SCRATCH_RAX, offsetof(GateScratch, rax));
    EMIT(SCRATCH_ENTRY, offsetof(GateScratch, entry));
    EMIT(SCRATCH_CR2, offsetof(GateScratch, cr2));
    EMIT(SCRATCH_IF, offsetof(GateScratch, interrupt_flag));
    EMIT(SCRATCH_LOOPS, offsetof(GateScratch, loops));

    EMIT(VCPU_IRQ_ENABLED, offsetof(l4_vcpu, irq_enabled));
    EMIT(VCPU_DR6, offsetof(l4_vcpu, dr6));
    EMIT(VCPU_EXIT_START, offsetof(l4_vcpu, exit_start));
    EMIT(VCPU_EXIT_END, offsetof(l4_vcpu, exit_end));
    EMIT(VCPU_CR2, offsetof(l4_vcpu, cr2));
    EMIT(VCPU_CLIENT_GS_BASE, offsetof(l4_vcpu, client_gs_base));
    EMIT(VCPU_SERVER_GS_BASE, offsetof(l4_vcpu, server_gs_base));
    EMIT(VCPU_SERVER_SP, offsetof(l4_vcpu, server_sp));
    EMIT(VCPU_ENTRY_SYSCALL, offsetof(l4_vcpu, entry_syscall));
    EMIT(VCPU_ENTRY, offsetof(l4_vcpu, entry));

    EMIT(L4_CLIENT_CS, L4_CLIENT_CS);
    EMIT(L4_CLIENT_CS32, L4_CLIENT_CS32);
    EMIT(L4_CLIENT_SS, L4_CLIENT_SS);
    EMIT(L4_CLIENT_MAX, L4_CLIENT_MAX);
    EMIT(SERVER_AREA_START_UPPER_HALF, static_cast<int>(L4_SERVER_AREA_START >> 32));
    EMIT(L4_SERVER_CS, L4_SERVER_CS);
    EMIT(L4_SERVER_SS, L4_SERVER_SS);
    EMIT(L4_VCPU_VECTORS, L4_VCPU_VECTORS);
}

} // namespace pecan
