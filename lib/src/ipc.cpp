// SPDX-License-Identifier: BSD-2-Clause
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

extern "C" l4::Word l4_ipc_stub(l4::Word to, l4::Word from, l4::Word timeouts, l4::Word* mr, l4::Word stub);

namespace l4 {

namespace {
constexpr unsigned acceptor_index = L4_BR_COUNT - 1; // BR0: buffer registers descend
}

ThreadId ipc(ThreadId to, ThreadId from, Timeouts timeouts, Message& message)
{
    l4_utcb& utcb = my_utcb();
    unsigned const outgoing = to.is_nil() ? 1 : message.register_count();
    for (unsigned i = 0; i < outgoing; ++i) utcb.mr[i] = message.mr(i);

    // The compiler must not keep MRs in registers across the call; an external function sees to it.
    ThreadId const sender = ThreadId::from_raw(l4_ipc_stub(to.raw(), from.raw(), timeouts.raw(), utcb.mr, kip().ipc));

    message.set_mr(0, utcb.mr[0]);
    // After a send without receive phase only the tag has a meaning.
    unsigned const incoming = from.is_nil() ? 1 : message.register_count();
    for (unsigned i = 1; i < incoming; ++i) message.set_mr(i, utcb.mr[i]);
    return sender;
}

IpcError last_ipc_error() { return IpcError::from_raw(last_error()); }

namespace {

Status<IpcError> status_of(Message const& message)
{
    return message.tag().is_error() ? Status<IpcError>{last_ipc_error()} : Status<IpcError>{};
}

} // namespace

Status<IpcError> send(ThreadId to, Message const& message, Time timeout)
{
    Message copy = message;
    ipc(to, nilthread, {timeout, Time::never()}, copy);
    return status_of(copy);
}

ThreadId receive(ThreadId from, Message& message, Time timeout)
{
    ThreadId const sender = ipc(nilthread, from, {Time::never(), timeout}, message);
    return message.tag().is_error() ? nilthread : sender;
}

Status<IpcError> call(ThreadId to, Message& message, Timeouts timeouts)
{
    ipc(to, to, timeouts, message);
    return status_of(message);
}

ThreadId reply_wait(ThreadId to, Message& message, Time timeout)
{
    if (to.is_nil()) return receive(anythread, message, timeout);
    ThreadId const sender = ipc(to, anythread, {Time::zero(), timeout}, message);
    if (!message.tag().is_error()) return sender;
    return last_ipc_error().is_in_receive_phase() ? nilthread : receive(anythread, message, timeout);
}

void sleep(Time period)
{
    // A message from oneself never comes, so this can only end by the timeout.
    Message nothing;
    receive(my_global_id(), nothing, period);
}

void accept_mappings(Fpage window) { my_utcb().br_descending[acceptor_index] = window.raw() & ~Word{0xf}; }

} // namespace l4
