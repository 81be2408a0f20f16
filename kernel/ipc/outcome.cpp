// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/outcome.hpp"

#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/exception_message.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/schedule/scheduler.hpp"

namespace pecan {

namespace {

/// A start message with two words sets IP and SP; any other leaves them (X.2, thread start protocol).
void start_from_message(Tcb& thread)
{
    if (MessageRegisters{thread}.tag().untyped() != 2) return;
    set_user_ip(thread, thread.kernel_message[1]);
    thread.frame.rsp = thread.kernel_message[2];
}

} // namespace

void finish_send(Tcb& sender)
{
    sender.frame.r9 = MsgTag{sender.frame.r9}.without_flags().raw();
    sender.frame.rsi = L4_NILTHREAD;
    sender.frame.rdi = sender.local_id;
}

void finish_receive(Tcb& receiver, ThreadId sender_name)
{
    if (receiver.ipc.purpose == IpcPurpose::user) {
        receiver.frame.rsi = sender_name.raw();
        receiver.frame.rdi = receiver.local_id;
        return wake(receiver);
    }
    switch (receiver.ipc.purpose) {
    case IpcPurpose::user:
    case IpcPurpose::start: start_from_message(receiver); break;
    case IpcPurpose::exception: load_exception_reply(receiver); break;
    case IpcPurpose::interrupt:
        receiver.state = State::idle_interrupt;
        interrupt_acknowledged(receiver);
        return;
    case IpcPurpose::transfer_fault: ipc_resume_transfer(receiver); return;
    case IpcPurpose::page_fault:
    case IpcPurpose::io_fault:
    case IpcPurpose::preemption: break;
    }
    wake(receiver);
}

void fail_phase(Tcb& thread, IpcPhase phase, IpcError error, Word offset)
{
    IpcPurpose const purpose = thread.ipc.purpose;
    if (purpose == IpcPurpose::user) {
        // A message in transfer keeps its tag, so that both sides see how far it came (X.2, 5.3).
        bool const in_transfer = error >= IpcError::overflow;
        Word const tag = in_transfer ? MsgTag{thread.frame.r9}.without_flags().raw() : 0;
        thread.frame.r9 = tag | L4_TAG_ERROR;
        thread.frame.rsi = L4_NILTHREAD;
        thread.frame.rdi = thread.local_id;
        thread.utcb->error_code = offset << 4 | static_cast<Word>(error) << 1 | static_cast<Word>(phase);
    }
    if (purpose == IpcPurpose::interrupt) {
        thread.state = State::idle_interrupt;
        // Items are too much for it, but it was an answer.
        if (error == IpcError::overflow) interrupt_acknowledged(thread);
        return;
    }
    // What was no start message leaves the thread waiting for one.
    if (purpose == IpcPurpose::start && error == IpcError::overflow) {
        ipc_wait_for_start(thread, thread.ipc.from);
        return;
    }
    // The byte is looked up again; if it still is not there, the pager is asked again.
    if (purpose == IpcPurpose::transfer_fault) {
        ipc_resume_transfer(thread);
        return;
    }
    thread.ipc.purpose = IpcPurpose::user;
    wake(thread);
    // A fault or exception whose handler has vanished cannot be repeated for ever.
    if (purpose != IpcPurpose::user && purpose != IpcPurpose::preemption && error == IpcError::no_partner) halt(thread);
}

} // namespace pecan
