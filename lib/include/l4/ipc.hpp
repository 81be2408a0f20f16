// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_IPC_HPP
#define L4_IPC_HPP

#include <l4/error.hpp>
#include <l4/message.hpp>
#include <l4/result.hpp>
#include <l4/thread_id.hpp>
#include <l4/time.hpp>

namespace l4 {

/// One Ipc with both phases. `message` goes out in the send phase and holds what came in after
/// the receive phase; its tag has the error bit if either phase failed (last_ipc_error() says why).
/// The result is the sender.
///
/// to nilthread: no send phase; from nilthread: no receive phase.
ThreadId ipc(ThreadId to, ThreadId from, Timeouts timeouts, Message& message);

IpcError last_ipc_error();

Status<IpcError> send(ThreadId to, Message const& message, Time timeout = Time::never());
/// Nilthread if nothing came in time.
ThreadId receive(ThreadId from, Message& message, Time timeout = Time::never());
/// Sends a request and waits for the answer of the same thread.
Status<IpcError> call(ThreadId to, Message& message, Timeouts timeouts = {});
/// Answers without waiting for the receiver, then waits for the next message from anyone.
/// A receiver that is not there does not hold up the server: the answer is lost.
ThreadId reply_wait(ThreadId to, Message& message, Time timeout = Time::never());

void sleep(Time period);

/// Which flexpages map and grant items may fill while this thread receives; nil: none (BR0). For a while only:
/// class Acceptor.
void accept_mappings(Fpage window);

} // namespace l4

#endif
