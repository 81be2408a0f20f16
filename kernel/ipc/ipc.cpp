// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/ipc.hpp"

#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/ipc/outcome.hpp"
#include "kernel/ipc/transfer.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/space/space.hpp"
#include "kernel/thread/thread_table.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

/// Whom a receiver sees as the sender: a local ID from its own space, else the global one (X.2, 5.2).
ThreadId sender_name(Tcb const& sender, Tcb const& receiver)
{
    return sender.space == receiver.space && sender.space != nullptr ? sender.local() : sender.id;
}

/// Does the receive phase of `receiver` accept a message from `sender`?
bool accepts(Tcb const& receiver, Tcb const& sender)
{
    ThreadId const from = receiver.ipc.from;
    if (from.is_any()) return true;
    if (from.is_any_local()) return sender.space == receiver.space;
    return from == sender.id;
}

bool waits_for(Tcb const& receiver, Tcb const& sender)
{
    return receiver.state == State::receiving && accepts(receiver, sender);
}

void start_receive(Tcb& thread);
void stop_waiting(Tcb& receiver);

/// The send phase of a thread that stood in a queue is over: into its receive phase, or done.
///
/// If a message for it is there already, the transfer is left to the thread's own next turn, so that
/// a chain of senders cannot make one system call long. If not, it waits from this moment on, so that
/// an answer with timeout zero finds it.
void finish_queued_send(Tcb& sender)
{
    if (sender.ipc.purpose == IpcPurpose::user) finish_send(sender);
    if (sender.ipc.from.is_nil()) {
        wake(sender);
        return;
    }
    for (Tcb* other = sender.senders.front(); other != nullptr; other = sender.senders.next(*other)) {
        if (!accepts(sender, *other)) continue;
        sender.receive_pending = true;
        wake(sender);
        return;
    }
    start_receive(sender);
}

/// Moves a message. Both sides get to know an overflow; true if the message arrived whole.
bool deliver(Tcb& sender, Tcb& receiver)
{
    ThreadId const name = sender_name(sender, receiver);
    if (!transfer(sender, receiver)) return false;
    stop_waiting(receiver);
    finish_receive(receiver, name);
    return true;
}

/// `receiver` takes the message of `sender`, who stands in its queue.
bool take_from_queue(Tcb& sender, Tcb& receiver)
{
    List<Tcb, SenderTag>::remove(sender);
    cancel_timeout(sender);
    if (!deliver(sender, receiver)) {
        fail_phase(sender, IpcPhase::send, IpcError::overflow);
        return false;
    }
    finish_queued_send(sender);
    return true;
}

/// Waits for a message; nobody acceptable stands in the queue.
void start_receive(Tcb& thread)
{
    Time const timeout{thread.ipc.receive_timeout};
    thread.ipc.in_receive_phase = true;
    if (timeout.is_zero()) {
        fail_phase(thread, IpcPhase::receive, IpcError::timeout);
        return;
    }
    thread.state = State::receiving;
    if (Tcb* partner = find_thread(thread.ipc.from)) partner->waiters.push_back(thread);
    arm_timeout(thread, timeout);
}

/// A receiver waits no longer.
void stop_waiting(Tcb& receiver)
{
    cancel_timeout(receiver);
    List<Tcb, SenderTag>::remove(receiver);
}

void receive_phase(Tcb& receiver)
{
    receiver.ipc.in_receive_phase = true;
    for (Tcb* sender = receiver.senders.front(); sender != nullptr; sender = receiver.senders.next(*sender)) {
        if (!accepts(receiver, *sender)) continue;
        if (!take_from_queue(*sender, receiver)) fail_phase(receiver, IpcPhase::receive, IpcError::overflow);
        return;
    }
    ThreadId const from = receiver.ipc.from;
    bool const names_one = !from.is_any() && !from.is_any_local();
    if (names_one && find_thread(from) == nullptr) {
        fail_phase(receiver, IpcPhase::receive, IpcError::no_partner);
        return;
    }
    start_receive(receiver);
}

enum class SendOutcome { done, waits, failed };

/// The send phase; on `failed` the sender's IPC is over.
SendOutcome send_phase(Tcb& sender, Tcb* receiver, Time timeout)
{
    sender.ipc.in_receive_phase = false;
    if (receiver == nullptr) {
        fail_phase(sender, IpcPhase::send, IpcError::no_partner);
        return SendOutcome::failed;
    }
    if (ring_doorbell(sender, *receiver)) return SendOutcome::done;
    if (waits_for(*receiver, sender)) {
        if (deliver(sender, *receiver)) return SendOutcome::done;
        stop_waiting(*receiver);
        fail_phase(*receiver, IpcPhase::receive, IpcError::overflow);
        fail_phase(sender, IpcPhase::send, IpcError::overflow);
        return SendOutcome::failed;
    }
    if (timeout.is_zero()) {
        fail_phase(sender, IpcPhase::send, IpcError::timeout);
        return SendOutcome::failed;
    }
    sender.state = State::sending;
    sender.ipc.partner = receiver->id.raw();
    receiver->senders.push_back(sender);
    arm_timeout(sender, timeout);
    return SendOutcome::waits;
}

void send_then_receive(Tcb& thread, Tcb* to, Time send_timeout)
{
    if (send_phase(thread, to, send_timeout) != SendOutcome::done) return;
    if (thread.ipc.purpose == IpcPurpose::user) finish_send(thread);
    if (thread.ipc.from.is_nil()) {
        wake(thread);
        return;
    }
    receive_phase(thread);
}

} // namespace

void ipc_system_call(Tcb& caller, IpcArguments const& arguments)
{
    caller.ipc = IpcState{};
    caller.ipc.from = globalize(arguments.from, caller);
    caller.ipc.receive_timeout = arguments.receive_timeout.raw();
    caller.utcb->error_code = 0;
    if (arguments.to.is_nil()) {
        if (caller.ipc.from.is_nil()) {
            finish_send(caller);
            return;
        }
        receive_phase(caller);
        return;
    }
    send_then_receive(caller, find_thread(globalize(arguments.to, caller)), arguments.send_timeout);
}

void ipc_call_for(Tcb& thread, ThreadId to, IpcPurpose purpose)
{
    thread.ipc = IpcState{};
    thread.ipc.purpose = purpose;
    thread.ipc.from = globalize(to, thread);
    Tcb* partner = find_thread(thread.ipc.from);
    if (partner == nullptr) {
        thread.ipc.purpose = IpcPurpose::user;
        halt(thread);
        return;
    }
    send_then_receive(thread, partner, Time::never());
}

void ipc_send_interrupt(Tcb& interrupt_thread, ThreadId handler)
{
    interrupt_thread.ipc = IpcState{};
    interrupt_thread.ipc.purpose = IpcPurpose::interrupt;
    interrupt_thread.ipc.from = handler;
    interrupt_thread.kernel_message[0] = L4_TAG(L4_LABEL_INTERRUPT, 0, 0);
    Tcb* partner = find_thread(handler);
    if (partner == nullptr) return;
    send_then_receive(interrupt_thread, partner, Time::never());
}

void ipc_wait_for_start(Tcb& thread, ThreadId pager)
{
    thread.ipc = IpcState{};
    thread.ipc.purpose = IpcPurpose::start;
    thread.ipc.from = pager;
    start_receive(thread);
}

void ipc_continue_receive(Tcb& thread)
{
    thread.receive_pending = false;
    receive_phase(thread);
}

void ipc_fail(Tcb& thread, IpcError error)
{
    IpcPhase const phase = thread.ipc.in_receive_phase ? IpcPhase::receive : IpcPhase::send;
    stop_waiting(thread);
    fail_phase(thread, phase, error);
}

void ipc_abort(Tcb& thread)
{
    if (thread.state == State::sending || thread.state == State::receiving) ipc_fail(thread, IpcError::aborted);
}

void ipc_forget_partners(Tcb& thread)
{
    while (Tcb* sender = thread.senders.front()) ipc_fail(*sender, IpcError::no_partner);
    while (Tcb* receiver = thread.waiters.front()) ipc_fail(*receiver, IpcError::no_partner);
}

void ipc_withdraw(Tcb& thread)
{
    ipc_forget_partners(thread);
    stop_waiting(thread);
    thread.receive_pending = false;
}

} // namespace pecan
