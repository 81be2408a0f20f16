// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/detour.hpp"

#include "kernel/api/msg_tag.hpp"
#include "kernel/space/space.hpp"
#include "kernel/thread/thread_table.hpp"

namespace pecan {

namespace {

Tcb* redirector_of(Space const* space)
{
    return space == nullptr || space->redirector.is_nil() ? nullptr : find_thread(space->redirector);
}

/// Is `thread` the redirector of `of`, or of its redirector, and so on?
bool is_redirector(Tcb const& thread, Tcb const& of)
{
    constexpr unsigned longest_chain = 16; // a circle has no end
    Tcb const* next = redirector_of(of.space);
    for (unsigned n = 0; n < longest_chain && next != nullptr; ++n) {
        if (next == &thread) return true;
        next = redirector_of(next->space);
    }
    return false;
}

/// The answer to an interrupt thread that waits for it.
bool is_acknowledgement(Tcb const& sender, Tcb const& to) { return to.space == nullptr && to.ipc.from == sender.id; }

} // namespace

Tcb const& named_sender(Tcb const& sender)
{
    if (sender.ipc.virtual_sender.is_nil()) return sender;
    Tcb const* const other = find_thread(sender.ipc.virtual_sender);
    return other != nullptr ? *other : sender;
}

ThreadId virtual_sender_for(Tcb const& caller, Tcb const& to)
{
    ThreadId const name = globalize(ThreadId{*const_cast<Word volatile*>(&caller.utcb->virtual_sender)}, caller);
    Tcb const* const other = find_thread(name);
    if (other == nullptr || other->space == nullptr) return ThreadId::nil();
    bool const allowed = other->space == caller.space || other->space == to.space || is_redirector(caller, *other);
    return allowed ? name : ThreadId::nil();
}

Tcb* redirect(Tcb const& sender, Tcb& to)
{
    if (sender.space == nullptr || sender.space->redirector.is_nil()) return &to;
    if (to.space == sender.space || is_acknowledgement(sender, to)) return &to;
    Tcb* const redirector = redirector_of(sender.space);
    return redirector != nullptr && to.space == redirector->space ? &to : redirector;
}

void note_detours(Tcb& sender, Tcb& receiver)
{
    if (sender.ipc.virtual_sender.is_nil() && sender.ipc.intended_receiver.is_nil()) return;
    if (receiver.ipc.purpose == IpcPurpose::user) {
        if (!sender.ipc.virtual_sender.is_nil()) {
            receiver.frame.r9 |= L4_TAG_PROPAGATED;
            receiver.utcb->virtual_sender = sender.id.raw();
        }
        if (!sender.ipc.intended_receiver.is_nil()) {
            receiver.frame.r9 |= L4_TAG_REDIRECTED;
            receiver.utcb->intended_receiver = sender.ipc.intended_receiver.raw();
        }
    }
    if (sender.ipc.virtual_sender.is_nil()) return;
    Tcb* const other = find_thread(sender.ipc.virtual_sender);
    bool const waits = other != nullptr && other->state == State::receiving && other->ipc.peer == nullptr &&
                       other->ipc.purpose != IpcPurpose::start && other->ipc.from == sender.id;
    if (!waits) return;
    List<Tcb, SenderTag>::remove(*other);
    other->fast_sender = ThreadId::nil();
    other->ipc.from = receiver.id;
    receiver.waiters.push_back(*other);
    other->waits_at = &receiver;
}

} // namespace pecan
