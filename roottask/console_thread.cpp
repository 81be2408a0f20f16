// SPDX-License-Identifier: BSD-2-Clause
#include "console_thread.hpp"

#include "console/server.hpp"
#include "threads.hpp"

#include <l4/ipc.hpp>
#include <l4/sigma0.hpp>
#include <l4/task.hpp>
#include <l4/text_words.hpp>
#include <l4/utcb.hpp>

#include <algorithm>
#include <new>
#include <optional>

namespace root::console_thread {

namespace {

constexpr unsigned utcb_slot = 1;

/// Everybody has a place: ourselves, and all that a command line can start.
static_assert(Mux::max_clients >= 1 + Config::max_linux + Config::max_tasks * l4::TaskStart::max_instances);

struct alignas(4096) Stack {
    unsigned char bytes[16 * 1024];
};
constinit Stack stack{};

// For the new thread, which starts with nothing but IP and SP.
constinit ThreadId supervisor{};
constinit std::optional<ConsoleLine> line{};

[[noreturn]] void thread_main()
{
    // In static memory: its buffers are far larger than a stack.
    alignas(ConsoleServer) static unsigned char place[sizeof(ConsoleServer)];
    (new (place) ConsoleServer{supervisor, line})->run();
}

/// As after a call: the ABI wants SP + 8 aligned to 16 at a function's first instruction.
Word initial_sp() { return reinterpret_cast<Word>(stack.bytes + sizeof stack.bytes) - sizeof(Word); }

} // namespace

ThreadId start(ConsolePort port)
{
    supervisor = l4::my_global_id();
    if (port != ConsolePort::none && l4::sigma0::request_ports(line_of(port).port, console_log2_ports))
        line = line_of(port);
    ThreadId const id = threads::new_id();
    auto const entry = reinterpret_cast<Word>(&thread_main);
    return threads::start_local(id, utcb_slot, threads::priority::console, {entry, initial_sp()}) ? id : l4::nilthread;
}

bool admit(ThreadId console, ThreadId client, std::string_view name, unsigned terminal)
{
    l4::Message message{console_label::admit};
    message.word(client.raw()).word(terminal);
    l4::append_text(message, {name.data(), std::min(name.size(), Mux::max_name)});
    return l4::call(console, message) && message.mr(1) == 0;
}

void dismiss(ThreadId console, ThreadId client)
{
    l4::Message message{console_label::dismiss};
    message.word(client.raw());
    (void)l4::call(console, message);
}

std::optional<Mux::Command> take_command(ThreadId console)
{
    l4::Message message{console_label::command};
    if (!l4::call(console, message) || message.mr(1) == 0) return {};
    return Mux::Command{static_cast<char>(message.mr(1)), static_cast<unsigned>(message.mr(2))};
}

void flush(ThreadId console)
{
    l4::Message message{console_label::flush};
    (void)l4::call(console, message);
}

} // namespace root::console_thread
