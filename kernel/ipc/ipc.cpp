// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/ipc.hpp"

#include "kernel/arch/x86/instructions.hpp"
#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/detour.hpp"
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
    Tcb const& named = named_sender(sender);
    return named.space == receiver.space && named.space != nullptr ? named.local() : named.id;
}

/// Does the receive phase of `receiver` accept a message from `sender`?
bool accepts(Tcb const& receiver, Tcb const& sender)
{
    ThreadId const from = receiver.ipc.from;
    if (from == sender.id || from.is_any()) return true;
    if (from.is_any_local()) return named_sender(sender).space == receiver.space;
    return from == sender.ipc.virtual_sender;
}

bool waits_for(Tcb const& receiver, Tcb const& sender)
{
    return receiver.state == State::receiving && receiver.ipc.peer == nullptr && accepts(receiver, sender);
}

/// Beginning with its send phase; it is in no transfer, peer is nullptr.
void begin(Tcb& thread, IpcPurpose purpose, ThreadId from)
{
    thread.ipc.purpose = purpose;
    thread.ipc.from = from;
    thread.ipc.receive_timeout = 0;
    thread.ipc.virtual_sender = thread.ipc.intended_receiver = ThreadId::nil();
}

void start_receive(Tcb& thread, Tcb* partner);
void stop_waiting(Tcb& receiver);

/// Out of the list of senders or waiters in which the thread stands, if any.
void leave_queue(Tcb& thread)
{
    List<Tcb, SenderTag>::remove(thread);
    thread.waits_at = nullptr;
}

/// The send phase of a thread that stood in a queue is over: into its receive phase, or done.
///
/// If a message for it is there already, the transfer is left to the thread's own next turn, so that
/// a chain of senders cannot make one system call long. If not, it waits from this moment on, so that
/// an answer with timeout zero finds it.
void finish_queued_send(Tcb& sender)
{
    if (sender.ipc.purpose == IpcPurpose::user) finish_send(sender);
    if (sender.ipc.from.is_nil()) return wake(sender);
    for (Tcb* other = sender.senders.front(); other != nullptr; other = sender.senders.next(*other)) {
        if (!accepts(sender, *other)) continue;
        sender.pending = Pending::receive;
        wake(sender);
        return;
    }
    start_receive(sender, find_thread(sender.ipc.from));
}

/// Steps of a transfer until interrupts may come in.
constexpr Word steps_per_turn = 32;

IpcPhase phase_of(Tcb const& thread) { return thread.ipc.in_receive_phase ? IpcPhase::receive : IpcPhase::send; }

/// The thread's own IPC, also while a transfer fault of it is served.
IpcState const& own_ipc(Tcb const& thread)
{
    return thread.ipc.purpose == IpcPurpose::transfer_fault ? thread.outer_ipc : thread.ipc;
}

void become_waiting(Tcb& thread)
{
    thread.state = thread.ipc.in_receive_phase ? State::receiving : State::sending;
    nothing_pending(thread);
}

/// A message in transfer is done or broken off.
void part(Tcb& thread)
{
    Tcb& peer = *thread.ipc.peer;
    cancel_transfer_timeout(thread.ipc.in_receive_phase ? peer : thread);
    for (Tcb* const party : {&thread, &peer}) {
        party->ipc.peer = nullptr;
        nothing_pending(*party);
    }
}

/// A party does not ask its pager any more: the message is broken off.
void leave_transfer_fault(Tcb& thread)
{
    if (Tcb* const pager = thread.ipc.peer) {
        part(thread);
        fail_phase(*pager, IpcPhase::send, IpcError::aborted, pager->transfer.copied);
    } else {
        stop_waiting(thread);
    }
    thread.ipc = thread.outer_ipc;
    become_waiting(thread);
}

void break_transfer(Tcb& sender, Tcb& receiver, IpcError for_sender, IpcError for_receiver)
{
    auto const is_asking = [](Tcb const& thread, Tcb const& peer) {
        return thread.ipc.purpose == IpcPurpose::transfer_fault && thread.ipc.peer != &peer;
    };
    if (is_asking(sender, receiver)) leave_transfer_fault(sender);
    if (is_asking(receiver, sender)) leave_transfer_fault(receiver);
    part(sender);
    Word const copied = sender.transfer.copied;
    fail_phase(receiver, IpcPhase::receive, for_receiver, copied);
    fail_phase(sender, IpcPhase::send, for_sender, copied);
}

void abort_transfer(Tcb& thread)
{
    IpcState const& ipc = own_ipc(thread);
    Tcb& peer = *ipc.peer;
    break_transfer(ipc.in_receive_phase ? peer : thread, ipc.in_receive_phase ? thread : peer, IpcError::aborted,
                   IpcError::aborted);
}

void break_by_timeout(Tcb& sender, Tcb& receiver)
{
    bool const by_sender = sender.transfer.sender_is_shorter;
    break_transfer(sender, receiver, by_sender ? IpcError::transfer_timeout_mine : IpcError::transfer_timeout_partner,
                   by_sender ? IpcError::transfer_timeout_partner : IpcError::transfer_timeout_mine);
}

/// With the message's first fault the transfer timeouts begin (X.2, 5.6); the earlier counts. False: it is zero, and the
/// message is broken off.
bool start_transfer_timeout(Tcb& sender, Tcb& receiver)
{
    MessageTransfer& transfer = sender.transfer;
    if (transfer.has_deadline) return true;
    transfer.has_deadline = true;
    auto const timeouts = [](Tcb const& thread) {
        return *const_cast<Word const volatile*>(&thread.utcb->xfer_timeouts);
    };
    Tsc const by_sender = due_of(Time{timeouts(sender) >> 16});
    Tsc const by_receiver = due_of(Time{timeouts(receiver)});
    transfer.sender_is_shorter = by_sender <= by_receiver;
    Tsc const due = transfer.sender_is_shorter ? by_sender : by_receiver;
    if (due <= due_of(Time::zero())) {
        break_by_timeout(sender, receiver);
        return false;
    }
    if (due.ticks != ~Word{0}) arm_transfer_timeout(sender, due);
    return true;
}

void send_then_receive(Tcb& thread, Tcb* to, Time send_timeout);

/// A page of a party is missing: both wait until its pager has answered.
void ask_pager(Tcb& sender, Tcb& receiver)
{
    become_waiting(sender);
    become_waiting(receiver);
    if (!start_transfer_timeout(sender, receiver)) return;
    Tcb& faulter = *sender.transfer.faulter;
    ThreadId const pager = globalize(ThreadId{*const_cast<Word volatile*>(&faulter.utcb->pager)}, faulter);
    Tcb* const partner = find_thread(pager);
    if (partner == nullptr) {
        break_transfer(sender, receiver, IpcError::aborted, IpcError::aborted);
        return;
    }
    faulter.outer_ipc = faulter.ipc;
    begin(faulter, IpcPurpose::transfer_fault, pager);
    faulter.ipc.peer = nullptr;
    Word const access = sender.transfer.fault_access.raw();
    faulter.kernel_message[0] = MsgTag::make(L4_LABEL_PAGE_FAULT(access), 0, 2).raw();
    faulter.kernel_message[1] = sender.transfer.fault_address;
    faulter.kernel_message[2] = faulter.frame.rip;
    send_then_receive(faulter, partner, Time::never());
}

void arrive(Tcb& sender, Tcb& receiver)
{
    note_detours(sender, receiver);
    finish_receive(receiver, sender_name(sender, receiver));
}

/// What a step of a transfer means for both; a sender whose message has arrived goes on elsewhere.
void conclude(Tcb& sender, Tcb& receiver, TransferStep step)
{
    switch (step) {
    case TransferStep::done: arrive(sender, receiver); return;
    case TransferStep::again: return;
    case TransferStep::page_missing: ask_pager(sender, receiver); return;
    case TransferStep::overflow:
        fail_phase(receiver, IpcPhase::receive, IpcError::overflow, sender.transfer.copied);
        fail_phase(sender, IpcPhase::send, IpcError::overflow, sender.transfer.copied);
    }
}

bool goes_on(TransferStep step) { return step == TransferStep::again || step == TransferStep::page_missing; }

/// A long message is moved by the party with the higher priority, so that nobody waits for one that does not get to run.
void start_long_transfer(Tcb& sender, Tcb& receiver, Tcb& running)
{
    Tcb& other = &running == &sender ? receiver : sender;
    Tcb& driver = other.priority() > running.priority() ? other : running;
    sender.ipc.peer = &receiver;
    receiver.ipc.peer = &sender;
    sender.ipc.drives = &driver == &sender;
    receiver.ipc.drives = &driver == &receiver;
    driver.pending = Pending::transfer;
    if (&driver == &running) return;
    become_waiting(running);
    wake(driver);
}

/// Moves a message; the thread that runs is the one that met the other. False: it is not there yet, or will never be.
bool deliver(Tcb& sender, Tcb& receiver, Tcb& running)
{
    Budget budget{steps_per_turn};
    TransferStep const step = start_transfer(sender, receiver, budget);
    if (step == TransferStep::done) {
        arrive(sender, receiver);
        return true;
    }
    if (goes_on(step)) start_long_transfer(sender, receiver, running);
    conclude(sender, receiver, step);
    return false;
}

/// Waits for a message, from `partner` alone if there is one; nobody acceptable stands in the queue.
void start_receive(Tcb& thread, Tcb* partner)
{
    Time const timeout{thread.ipc.receive_timeout};
    thread.ipc.in_receive_phase = true;
    if (timeout.is_zero()) {
        fail_phase(thread, IpcPhase::receive, IpcError::timeout);
        return;
    }
    thread.state = State::receiving;
    if (partner != nullptr && partner != thread.waits_at) {
        leave_queue(thread);
        partner->waiters.push_back(thread);
        thread.waits_at = partner;
    }
    bool const is_simple = thread.ipc.purpose == IpcPurpose::user && timeout.is_never() && thread.vcpu == nullptr;
    if (is_simple && !thread.halted && !thread.is_metered()) thread.fast_sender = thread.ipc.from;
    arm_timeout(thread, timeout);
}

/// A thread waits no longer, for a message or to send one. Among waiters it may stay.
void stop_waiting(Tcb& receiver)
{
    receiver.fast_sender = ThreadId::nil();
    cancel_timeout(receiver);
    if (receiver.waits_at == nullptr) leave_queue(receiver);
}

void receive_phase(Tcb& receiver)
{
    receiver.ipc.in_receive_phase = true;
    for (Tcb* sender = receiver.senders.front(); sender != nullptr; sender = receiver.senders.next(*sender)) {
        if (!accepts(receiver, *sender)) continue;
        stop_waiting(*sender);
        if (deliver(*sender, receiver, receiver)) finish_queued_send(*sender);
        return;
    }
    ThreadId const from = receiver.ipc.from;
    Tcb* const partner = find_thread(from);
    if (partner == nullptr && !from.is_any() && !from.is_any_local()) {
        fail_phase(receiver, IpcPhase::receive, IpcError::no_partner);
        return;
    }
    start_receive(receiver, partner);
}

/// The send phase. False: the sender waits, or its IPC is over.
bool send_phase(Tcb& sender, Tcb* to, Time timeout)
{
    sender.ipc.in_receive_phase = false;
    Tcb* const receiver = to == nullptr ? nullptr : redirect(sender, *to);
    if (receiver != to && to != nullptr) sender.ipc.intended_receiver = to->id;
    if (receiver == nullptr) {
        fail_phase(sender, IpcPhase::send, IpcError::no_partner);
        return false;
    }
    if (ring_doorbell(sender, *receiver)) return true;
    if (waits_for(*receiver, sender)) {
        stop_waiting(*receiver);
        return deliver(sender, *receiver, sender);
    }
    if (timeout.is_zero()) {
        fail_phase(sender, IpcPhase::send, IpcError::timeout);
        return false;
    }
    sender.state = State::sending;
    leave_queue(sender);
    receiver->senders.push_back(sender);
    arm_timeout(sender, timeout);
    return false;
}

/// The running thread has sent.
void after_send(Tcb& thread)
{
    if (thread.ipc.purpose == IpcPurpose::user) finish_send(thread);
    if (thread.ipc.from.is_nil()) return wake(thread);
    receive_phase(thread);
}

void send_then_receive(Tcb& thread, Tcb* to, Time send_timeout)
{
    if (send_phase(thread, to, send_timeout)) after_send(thread);
}

void continue_long_transfer(Tcb& running)
{
    bool const sends = !running.ipc.in_receive_phase;
    Tcb& sender = sends ? running : *running.ipc.peer;
    Tcb& receiver = sends ? *running.ipc.peer : running;
    Budget budget{steps_per_turn};
    TransferStep const step = continue_transfer(sender, receiver, budget);
    if (!goes_on(step)) part(running);
    conclude(sender, receiver, step);
    if (step != TransferStep::done) return;
    if (sends)
        after_send(sender);
    else
        finish_queued_send(sender);
}

} // namespace

void ipc_system_call(Tcb& caller, ThreadId to, ThreadId from, Word timeouts)
{
    begin(caller, IpcPurpose::user, globalize(from, caller));
    caller.ipc.receive_timeout = static_cast<std::uint16_t>(timeouts);
    caller.utcb->error_code = 0;
    if (to.is_nil() && from.is_nil()) return finish_send(caller);
    if (to.is_nil()) return receive_phase(caller);
    Tcb* const partner = find_thread(globalize(to, caller));
    if (partner != nullptr && MsgTag{caller.frame.r9}.is_propagated())
        caller.ipc.virtual_sender = virtual_sender_for(caller, *partner);
    send_then_receive(caller, partner, Time{timeouts >> 16});
}

void ipc_call_for(Tcb& thread, ThreadId to, IpcPurpose purpose)
{
    begin(thread, purpose, globalize(to, thread));
    Tcb* partner = find_thread(thread.ipc.from);
    if (partner == nullptr) {
        thread.ipc.purpose = IpcPurpose::user;
        halt(thread);
        return;
    }
    send_then_receive(thread, partner, Time::never());
}

void ipc_send_preemption(Tcb& thread, ThreadId to)
{
    begin(thread, IpcPurpose::preemption, ThreadId::nil());
    thread.kernel_message[0] = MsgTag::make(L4_LABEL_PREEMPTION, 0, 2).raw();
    thread.kernel_message[1] = kernel_clock().to_microseconds(Tsc{x86::read_tsc()}).count;
    thread.kernel_message[2] = 0;
    // Without a receiver nobody hears of it.
    if (Tcb* const receiver = find_thread(to)) send_then_receive(thread, receiver, Time::never());
}

void ipc_end_preemption(Tcb& thread)
{
    if (thread.ipc.purpose != IpcPurpose::preemption) return;
    stop_waiting(thread);
    thread.ipc.purpose = IpcPurpose::user;
    thread.state = State::ready;
}

void ipc_send_interrupt(Tcb& interrupt_thread, ThreadId handler)
{
    begin(interrupt_thread, IpcPurpose::interrupt, handler);
    interrupt_thread.kernel_message[0] = L4_TAG(L4_LABEL_INTERRUPT, 0, 0);
    if (Tcb* const partner = find_thread(handler)) send_then_receive(interrupt_thread, partner, Time::never());
}

void ipc_wait_for_start(Tcb& thread, ThreadId pager)
{
    begin(thread, IpcPurpose::start, pager);
    start_receive(thread, find_thread(pager));
}

void ipc_continue(Tcb& thread)
{
    if (thread.pending == Pending::transfer) {
        continue_long_transfer(thread);
        return;
    }
    nothing_pending(thread);
    receive_phase(thread);
}

void ipc_resume_transfer(Tcb& faulter)
{
    faulter.ipc = faulter.outer_ipc;
    become_waiting(faulter);
    Tcb& driver = faulter.ipc.drives ? faulter : *faulter.ipc.peer;
    driver.pending = Pending::transfer;
    wake(driver);
}

void ipc_transfer_timeout(Tcb& sender) { break_by_timeout(sender, *own_ipc(sender).peer); }

bool ipc_is_in_transfer(Tcb const& thread) { return own_ipc(thread).peer != nullptr; }

bool ipc_is_in(Tcb const& thread, IpcPhase phase)
{
    bool const waits = thread.state == State::sending || thread.state == State::receiving;
    IpcPhase const own = own_ipc(thread).in_receive_phase ? IpcPhase::receive : IpcPhase::send;
    return (waits || ipc_is_in_transfer(thread)) && own == phase;
}

void ipc_fail(Tcb& thread, IpcError error)
{
    stop_waiting(thread);
    fail_phase(thread, phase_of(thread), error);
}

void ipc_cancel(Tcb& thread)
{
    if (ipc_is_in_transfer(thread))
        abort_transfer(thread);
    else
        ipc_fail(thread, IpcError::cancelled);
}

void ipc_abort(Tcb& thread)
{
    if (ipc_is_in_transfer(thread))
        abort_transfer(thread);
    else if (thread.state == State::sending || thread.state == State::receiving)
        ipc_fail(thread, IpcError::aborted);
}

void ipc_forget_partners(Tcb& thread)
{
    while (Tcb* sender = thread.senders.front()) ipc_fail(*sender, IpcError::no_partner);
    while (Tcb* other = thread.waiters.front()) {
        bool const waits =
            other->state == State::receiving && other->ipc.peer == nullptr && other->ipc.from == thread.id;
        if (waits)
            ipc_fail(*other, IpcError::no_partner);
        else
            leave_queue(*other);
    }
}

void ipc_withdraw(Tcb& thread)
{
    ipc_forget_partners(thread);
    if (ipc_is_in_transfer(thread)) abort_transfer(thread);
    stop_waiting(thread);
    leave_queue(thread);
    thread.pending = Pending::nothing;
}

} // namespace pecan
