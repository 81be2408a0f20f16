// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/exception_message.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/outcome.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/thread/thread_table.hpp"

namespace pecan {

namespace {

/// Bits of the control word (X.2, ExchangeRegisters).
enum Control : Word {
    halt_state = 1u << 0,
    cancel_receive = 1u << 1,
    cancel_send = 1u << 2,
    set_sp = 1u << 3,
    set_ip = 1u << 4,
    set_flags = 1u << 5,
    set_handle = 1u << 6,
    set_pager = 1u << 7,
    change_halt = 1u << 8,
};
constexpr Word user_settable_flags = 0x8d5;

/// What the caller learns of dest, who may be the caller itself: of its frame nothing is written that is to be read.
void deliver_old_values(Tcb const& dest, TrapFrame& out)
{
    out.rsi = 0;
    if (dest.halted) out.rsi |= halt_state;
    if (ipc_is_in(dest, IpcPhase::receive)) out.rsi |= cancel_receive;
    if (ipc_is_in(dest, IpcPhase::send)) out.rsi |= cancel_send;
    out.rdx = dest.frame.rsp;
    out.r8 = dest.frame.rip;
    out.r9 = dest.frame.rflags;
    out.r10 = dest.utcb->user_defined_handle;
    out.rdi = dest.utcb->pager;
}

void cancel_ipc(Tcb& dest, Word control)
{
    bool const receive = ipc_is_in(dest, IpcPhase::receive) && (control & cancel_receive) != 0;
    bool const send = ipc_is_in(dest, IpcPhase::send) && (control & cancel_send) != 0;
    if (receive || send) ipc_cancel(dest);
}

void change_halted(Tcb& dest, Word control)
{
    if ((control & change_halt) == 0) return;
    if ((control & halt_state) != 0)
        halt(dest);
    else
        resume_halted(dest);
}

void set_registers(Tcb& dest, Word control, TrapFrame const& in)
{
    if ((control & set_sp) != 0) dest.frame.rsp = in.rdx;
    if ((control & set_ip) != 0) {
        set_user_ip(dest, in.r8);
        dest.long_unmap = LongUnmap{};
        dest.unmap_cursors.reset();
    }
    if ((control & set_flags) != 0)
        dest.frame.rflags = (dest.frame.rflags & ~user_settable_flags) | (in.r9 & user_settable_flags);
    if ((control & set_handle) != 0) dest.utcb->user_defined_handle = in.r10;
    if ((control & set_pager) != 0) dest.utcb->pager = in.rdi;
}

Tcb* destination(Tcb const& caller, ThreadId name)
{
    Tcb* const dest = find_thread(globalize(name, caller));
    return dest != nullptr && dest->space == caller.space && dest->is_active() ? dest : nullptr;
}

} // namespace

/// ExchangeRegisters (X.2, ExchangeRegisters).
///
/// In      RAX dest, RSI control, RDX SP, R8 IP, R9 FLAGS, R10 UserDefinedHandle, RDI pager
/// Out     RAX the other name of dest (or nilthread with ErrorCode 2), RSI control, RDX SP, R8 IP, R9 FLAGS, R10 handle,
///         RDI pager as they were before
void sys_exchange_registers(Tcb& caller)
{
    TrapFrame const in = caller.frame;
    ThreadId const name{in.rax};
    Tcb* const dest = destination(caller, name);
    if (dest == nullptr) {
        caller.frame.rax = L4_NILTHREAD;
        set_error(caller, Error::invalid_thread);
        return;
    }
    deliver_old_values(*dest, caller.frame);
    caller.frame.rax = name.is_local() ? dest->id.raw() : dest->local_id;
    // Registers before the halt state, and the IPC last: a thread that waits for its start message begins with them.
    cancel_ipc(*dest, in.rsi);
    set_registers(*dest, in.rsi, in);
    change_halted(*dest, in.rsi);
}

} // namespace pecan
