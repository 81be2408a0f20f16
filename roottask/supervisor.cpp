// SPDX-License-Identifier: BSD-2-Clause
#include "supervisor.hpp"

#include "console_thread.hpp"
#include "exception_report.hpp"
#include "log.hpp"
#include "rtc.hpp"
#include "threads.hpp"

#include <l4/ipc.hpp>
#include <l4/sigma0.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

#include <algorithm>

namespace root {

using l4::Message;

namespace {

char const* access_name(l4::Rights rights)
{
    switch (rights) {
    case l4::Rights::x: return "execution";
    case l4::Rights::w: return "write";
    default: return "read";
    }
}

void report_exception(std::string_view name, Message const& message)
{
    ExceptionReport const report{message};
    for (unsigned n = 0; n < ExceptionReport::line_count; ++n) {
        char buffer[120];
        Log::line("{}: {}", name, report.line(n, buffer, sizeof buffer));
    }
}

/// Whatever else a pager and exception handler can be told; all of it ends the sender.
void report(std::string_view name, Message const& message)
{
    l4::MsgTag const tag = message.tag();
    if (tag.protocol() == l4::protocol::page_fault)
        Log::line("{}: page fault, {} at {x}, rip {x}: not its memory", name, access_name(tag.fault_rights()),
                  message.mr(1), message.mr(2));
    else if (tag.protocol() == l4::protocol::io_fault)
        Log::line("{}: no right to port {x}, rip {x}", name, l4::Fpage::from_raw(message.mr(1)).first_port(),
                  message.mr(2));
    else
        report_exception(name, message);
}

bool is_fatal(l4::MsgTag tag)
{
    return tag.label() == l4::protocol::exception || tag.protocol() == l4::protocol::page_fault ||
           tag.protocol() == l4::protocol::io_fault;
}

Message map_answer(l4::MapItem item) { return Message{0}.map(item); }

} // namespace

void Supervisor::start_all(Config const& config, Modules const& modules, ThreadId console)
{
    console_ = console;
    constexpr l4::Word rtc_port = 0x70;
    if (!l4::sigma0::request_ports(rtc_port, 1)) Log::line("no clock: sigma0 refuses ports 70 and 71");
    power_.prepare();
    if (!power_.can_power_off()) Log::line("ACPI names no way to turn this machine off");

    // Native tasks first: a Linux with mem=auto leaves no memory to anyone.
    for (TaskConfig const& task : config.tasks()) start_tasks(task, modules);
    for (LinuxConfig const& linux : config.linux_servers()) start_linux(linux, config.on_death(linux), modules);
}

void Supervisor::start_tasks(TaskConfig const& config, Modules const& modules)
{
    Module const* const module = modules.find(config.module);
    if (module == nullptr) {
        Log::line("task={}: no such module", config.module);
        return;
    }
    unsigned const first = task_count_;
    for (unsigned i = 0; i < config.instances; ++i) {
        if (!tasks_[task_count_].load(*module, threads::new_id())) return;
        ++task_count_;
    }

    l4::TaskStart description{};
    description.magic = l4::TaskStart::magic_value;
    description.console = console_.raw();
    description.supervisor = l4::my_global_id().raw();
    description.instance_count = config.instances;
    for (unsigned i = 0; i < config.instances; ++i) description.peers[i] = tasks_[first + i].id().raw();
    // The last character stays 0.
    std::size_t const size = std::min<std::size_t>(module->arguments.size(), l4::TaskStart::max_arguments - 1);
    std::copy_n(module->arguments.data(), size, description.arguments);

    for (unsigned i = 0; i < config.instances; ++i) {
        NativeTask& task = tasks_[first + i];
        description.instance = i;
        console_thread::admit(console_, task.id(), task.name(), false);
        if (!task.start(description))
            Log::line("{}: the kernel refuses to start it: {}", task.name(), l4::error_name(l4::last_error()));
    }
}

void Supervisor::start_linux(LinuxConfig const& config, OnDeath on_death, Modules const& modules)
{
    Linux& linux = linux_[linux_count_];
    if (!linux.server.prepare(config, modules, threads::new_id())) return;
    linux.on_death = on_death;
    linux.is_raw = linux_count_ == 0;
    ++linux_count_;
    launch(linux);
}

bool Supervisor::launch(Linux& linux)
{
    LinuxServer& server = linux.server;
    console_thread::admit(console_, server.id(), server.name(), linux.is_raw);
    if (server.start(console_)) return true;
    Log::line("{}: the kernel refuses to start it: {}", server.name(), l4::error_name(l4::last_error()));
    console_thread::dismiss(console_, server.id());
    return false;
}

void Supervisor::serve()
{
    Message message;
    ThreadId reply_to = l4::nilthread;
    for (;;) {
        ThreadId const sender = l4::reply_wait(reply_to, message);
        reply_to = l4::nilthread;
        if (sender.is_nil()) continue;
        if (auto const answer = handle(sender, message)) {
            message = *answer;
            reply_to = sender;
        }
    }
}

std::optional<Message> Supervisor::handle(ThreadId sender, Message const& message)
{
    for (Linux& linux : linux_)
        if (linux.server.is_alive() && linux.server.id() == sender) return handle_linux(linux, message);
    for (NativeTask& task : tasks_)
        if (task.is_alive() && task.id() == sender) return handle_task(task, message);
    return {}; // strangers get no answer
}

std::optional<Message> Supervisor::handle_linux(Linux& linux, Message const& message)
{
    l4::MsgTag const tag = message.tag();
    if (tag.protocol() == l4::protocol::page_fault)
        if (auto const item = linux.server.memory_for(message.mr(1), message.mr(2))) return map_answer(*item);
    if (is_fatal(tag)) {
        report(linux.server.name(), message);
        died(linux);
        return {};
    }
    switch (tag.label()) {
    case L4_SUPERVISOR_POWER_OFF: power_off(); return {};
    case L4_SUPERVISOR_REBOOT: reboot(); return {};
    case L4_SUPERVISOR_PANIC:
        Log::line("{}: panic, rip {x}", linux.server.name(), message.mr(1));
        died(linux);
        return {};
    case L4_SUPERVISOR_WALL_CLOCK: {
        WallClock const now = read_wall_clock();
        return Message{L4_SUPERVISOR_WALL_CLOCK}.word(now.seconds).word(now.tsc);
    }
    default: return {};
    }
}

std::optional<Message> Supervisor::handle_task(NativeTask& task, Message const& message)
{
    l4::MsgTag const tag = message.tag();
    if (tag.protocol() == l4::protocol::page_fault)
        if (auto const item = task.page_for(message.mr(1), tag.fault_rights())) return map_answer(*item);
    if (is_fatal(tag)) {
        report(task.name(), message);
        died(task);
    }
    return {};
}

void Supervisor::died(Linux& linux)
{
    LinuxServer& server = linux.server;
    console_thread::dismiss(console_, server.id());
    server.end();
    if (linux.on_death == OnDeath::leave) {
        Log::line("{}: ended; the other tasks run on", server.name());
        return;
    }
    if (linux.restarts == max_restarts) {
        Log::line("{}: ended for the {}th time; not started again", server.name(), max_restarts + 1);
        return;
    }
    ++linux.restarts;
    Log::line("{}: ended; starting it again", server.name());
    launch(linux);
}

void Supervisor::died(NativeTask& task)
{
    console_thread::dismiss(console_, task.id());
    task.end();
    Log::line("{}: ended", task.name());
}

void Supervisor::power_off()
{
    Log::line("power off");
    console_thread::flush(console_);
    power_.power_off();
    Log::line("the machine stays on; it is safe to turn it off now");
}

void Supervisor::reboot()
{
    Log::line("reboot");
    console_thread::flush(console_);
    power_.reboot();
    Log::line("the machine does not reboot");
}

} // namespace root
