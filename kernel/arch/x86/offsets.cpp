// SPDX-License-Identifier: BSD-2-Clause
/// What assembly needs to know of C++ types: compiled with -S, never linked; the build lifts the lines that EMIT
/// marks into out/kernel/offsets.h.

#include <cstddef>

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/space/space.hpp"
#include "l4/vcpu.h"

// Classes with bases: only virtual ones would make the offset a matter of the object.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

#define EMIT(name, value) asm volatile("#define " #name " %c0" : : "i"(value))

namespace pecan {

/// Where a base class lies in a Tcb: offsetof() knows only members.
template <typename Base>
[[gnu::always_inline]] inline Word offset_of_base()
{
    constexpr Word anywhere = page_size;
    return reinterpret_cast<Word>(static_cast<Base*>(reinterpret_cast<Tcb*>(anywhere))) - anywhere;
}

/// What the classes let assembly see.
struct Offsets {
    [[gnu::used]] static void emit();
};

void Offsets::emit()
{
    EMIT(TRAP_FRAME_SIZE, sizeof(TrapFrame));

    EMIT(CPU_STACK_TOP, offsetof(Cpu, stack) + sizeof(Cpu::stack));
    EMIT(CPU_ABORT_STACK_TOP, offsetof(Cpu, abort_stack) + sizeof(Cpu::abort_stack));
    EMIT(CPU_USER_SP, offsetof(Cpu, user_sp));
    EMIT(CPU_CURRENT, offsetof(Cpu, current));
    EMIT(CPU_ON_PROCESSOR, offsetof(Cpu, on_processor));
    constexpr auto rsp0 = offsetof(GateReadOnly, task_state) + offsetof(TaskState, rsp);
    EMIT(CPU_RSP0, offsetof(Cpu, gate_read_only) + rsp0);
    EMIT(CPU_IO_MAP_BASE,
         offsetof(Cpu, gate_read_only) + offsetof(GateReadOnly, task_state) + offsetof(TaskState, io_map_base));

    EMIT(TCB_RIP, offsetof(Tcb, frame.rip));
    EMIT(TCB_CS, offsetof(Tcb, frame.cs));
    EMIT(TCB_RFLAGS, offsetof(Tcb, frame.rflags));
    EMIT(TCB_RSP, offsetof(Tcb, frame.rsp));
    EMIT(TCB_FRAME_END, offsetof(Tcb, frame) + sizeof(TrapFrame));
    EMIT(TCB_ID, offsetof(Tcb, id));
    EMIT(TCB_LOCAL_ID, offsetof(Tcb, local_id));
    EMIT(TCB_SPACE, offsetof(Tcb, space));
    EMIT(TCB_UTCB, offsetof(Tcb, utcb));
    EMIT(TCB_STATE, offsetof(Tcb, state));
    EMIT(TCB_IPC_PURPOSE, offsetof(Tcb, ipc.purpose));
    EMIT(TCB_IPC_FROM, offsetof(Tcb, ipc.from));
    EMIT(TCB_FAST_SENDER, offsetof(Tcb, fast_sender));
    EMIT(TCB_SENDERS, offsetof(Tcb, senders));
    EMIT(TCB_WAITERS, offsetof(Tcb, waiters));
    EMIT(TCB_WAITS_AT, offsetof(Tcb, waits_at));
    EMIT(TCB_SENDER_LINK, offset_of_base<Link<SenderTag>>());
    EMIT(LINK_NEXT, offsetof(Link<SenderTag>, next_));
    EMIT(LINK_PREV, offsetof(Link<SenderTag>, prev_));
    EMIT(TCB_PRIORITY, offsetof(Tcb, priority_));
    EMIT(TCB_LEAST_RECEIVER, offsetof(Tcb, least_receiver));
    EMIT(TCB_SELECTORS, offsetof(Tcb, processor.ds));
    EMIT(TCB_FS_BASE, offsetof(Tcb, processor.fs_base));
    EMIT(TCB_GS_BASE, offsetof(Tcb, processor.gs_base));
    EMIT(TCB_FPU, offsetof(Tcb, processor.fpu));
    EMIT(STATE_READY, static_cast<int>(State::ready));
    EMIT(STATE_RECEIVING, static_cast<int>(State::receiving));
    // Purpose and phase as one word of 16 bits.
    static_assert(offsetof(IpcState, in_receive_phase) == offsetof(IpcState, purpose) + 1);
    EMIT(USER_IN_RECEIVE_PHASE, static_cast<int>(IpcPurpose::user) | 1 << 8);
    EMIT(SPACE_REDIRECTOR, offsetof(Space, redirector));
    EMIT(SPACE_ROOT, offsetof(Space, page_table_) + offsetof(PageTable, roots_));
    EMIT(L4_ANYTHREAD, -1);
    EMIT(L4_MR_COUNT, L4_MR_COUNT);
    EMIT(UTCB_FIRST_IN_MEMORY, offsetof(l4_utcb, mr) + 8 * sizeof(Word));

    EMIT(READ_ONLY_KERNEL_CR3, offsetof(GateReadOnly, kernel_cr3));
    EMIT(READ_ONLY_RSP0, rsp0);
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
