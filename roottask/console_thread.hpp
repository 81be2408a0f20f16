// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_THREAD_HPP
#define ROOTTASK_CONSOLE_THREAD_HPP

#include "config.hpp"

#include <l4/thread_id.hpp>

#include <string_view>

/// The main thread's side of the console thread (console/server.hpp).
namespace root::console_thread {

using l4::ThreadId;

/// Takes the line's ports and starts the thread. Nilthread if that fails.
ThreadId start(ConsolePort port);

/// Makes a thread a client of the console.
bool admit(ThreadId console, ThreadId client, std::string_view name, bool raw);
void dismiss(ThreadId console, ThreadId client);

/// Waits until all output is on the line.
void flush(ThreadId console);

} // namespace root::console_thread

#endif
