// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_THREAD_HPP
#define ROOTTASK_CONSOLE_THREAD_HPP

#include "config.hpp"
#include "console/mux.hpp"

#include <l4/thread_id.hpp>

#include <optional>
#include <string_view>

/// The main thread's side of the console thread (console/server.hpp).
namespace root::console_thread {

using l4::ThreadId;

/// Takes the line's ports and starts the thread. Nilthread if that fails.
ThreadId start(ConsolePort port);

/// Makes a thread a client of the console; 0: without a terminal of its own.
bool admit(ThreadId console, ThreadId client, std::string_view name, unsigned terminal);
void dismiss(ThreadId console, ThreadId client);

/// What has been typed behind the focus key, if it is not about the focus itself.
std::optional<Mux::Command> take_command(ThreadId console);

/// Waits until all output is on the line.
void flush(ThreadId console);

} // namespace root::console_thread

#endif
