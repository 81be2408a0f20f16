// SPDX-License-Identifier: BSD-2-Clause
#include "supervisor.hpp"

#include "console_thread.hpp"
#include "exception_report.hpp"
#include "log.hpp"
#include "physical.hpp"
#include "rtc.hpp"
#include "threads.hpp"

#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/linux.h>
#include <l4/sigma0.hpp>
#include <l4/syscall.hpp>
#include <l4/text_words.hpp>
#include <l4/typed.hpp>
#include <l4/utcb.hpp>

#include <algorithm>

namespace root {

using l4::Message;

namespace {

constexpr l4::Word tick_period = 1'000'000;
/// Of the watchdog's doorbells.
constexpr unsigned max_missed = 10;

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
    if (auto const fault = l4::page_fault_of(message))
        Log::line("{}: page fault, {} at {x}, rip {x}: not its memory", name, access_name(fault->wanted),
                  fault->address, fault->ip);
    else if (auto const io_fault = l4::io_fault_of(message))
        Log::line("{}: no right to port {x}, rip {x}", name, io_fault->ports.first_port(), io_fault->ip);
    else
        report_exception(name, message);
}

/// Linux's words for it: nobody else notices that the end of an archive is missing.
bool tells_of_bad_initrd(std::string_view reason)
{
    return reason.starts_with("VFS: Unable to mount root") || reason.starts_with("No working init");
}

void report_panic(LinuxServer const& server, Message const& message)
{
    constexpr unsigned reason_register = 21;
    char buffer[L4_SUPERVISOR_MAX_REASON];
    auto const reason = l4::extract_text(message, reason_register, buffer, sizeof buffer);
    Log::line("{}: panic: {}", server.name(), reason);
    if (tells_of_bad_initrd(reason))
        Log::line("{}: initrd={}: {}", server.name(), server.initrd(),
                  server.initrd().empty() ? "none is named; name it behind linux=, and in the boot menu"
                                          : "damaged, or without /init; build it again");
    report_exception(server.name(), message);
}

void report_kernel_memory() { Log::line("kernel memory: {} frames free", threads::count_free_frames()); }

bool is_fatal(l4::MsgTag tag)
{
    return tag.label() == l4::protocol::exception || tag.protocol() == l4::protocol::page_fault ||
           tag.protocol() == l4::protocol::io_fault;
}

} // namespace

void Supervisor::start_all(Config const& config, Modules const& modules, ThreadId console)
{
    console_ = console;
    constexpr l4::Word rtc_port = 0x70;
    if (!l4::sigma0::request_ports(rtc_port, 1)) Log::line("no clock: sigma0 refuses ports 70 and 71");
    power_.prepare(modules.acpi_root_pointer());
    if (!power_.can_power_off()) Log::line("ACPI names no way to turn this machine off");

    for (TaskConfig const& task : config.tasks())
        if (task.ports.contains(rtc_port)) leave_clock_to_others();

    // Native tasks first: a Linux with mem=auto leaves no memory to anyone.
    for (TaskConfig const& task : config.tasks()) start_tasks(task, modules);
    for (LinuxConfig const& linux : config.linux_servers()) start_linux(linux, config.restarts(linux), modules);
}

void Supervisor::start_tasks(TaskConfig const& config, Modules const& modules)
{
    Module const* const module = modules.find(config.module);
    if (module == nullptr) {
        Log::line("task={}: no such module; {}", config.module, Modules::where_to_look);
        return;
    }
    unsigned const first = task_count_;
    for (unsigned i = 0; i < config.instances; ++i) {
        if (!tasks_[task_count_].load(*module, config, threads::new_id())) return;
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
        console_thread::admit(console_, task.id(), task.name(), 0);
        if (!task.start(description))
            Log::line("{}: the kernel refuses to start it: {}", task.name(),
                      l4::name_of(static_cast<l4::Error>(l4::last_error())));
    }
}

void Supervisor::start_linux(LinuxConfig const& config, Word restarts, Modules const& modules)
{
    Linux& linux = linux_[linux_count_];
    // Servers of one module are told apart by their number.
    unsigned const number = linux_count_ + 1;
    bool is_first = true;
    for (unsigned i = 0; i < linux_count_; ++i) is_first = is_first && linux_[i].server.name() != config.module;
    l4::Line<20> const numbered{"{}.{}", config.module, number};
    auto const name = is_first ? config.module : numbered.view();
    if (!linux.server.prepare(config, name, modules, threads::new_id())) return;
    linux.restarts_left = restarts;
    linux.terminal = number;
    ++linux_count_;
    launch(linux);
}

bool Supervisor::launch(Linux& linux)
{
    LinuxServer& server = linux.server;
    linux.is_watched = false;
    console_thread::admit(console_, server.id(), server.name(), linux.terminal);
    if (server.start(console_)) return true;
    Log::line("{}: the kernel refuses to start it: {}", server.name(),
              l4::name_of(static_cast<l4::Error>(l4::last_error())));
    console_thread::dismiss(console_, server.id());
    return false;
}

void Supervisor::serve()
{
    Message message;
    ThreadId reply_to = l4::nilthread;
    Word next_tick = l4::system_clock() + tick_period;
    for (;;) {
        Word const now = l4::system_clock();
        if (now >= next_tick) {
            // Late is late: what could not run meanwhile gets its whole second.
            next_tick = now + tick_period;
            tick();
        }
        ThreadId const sender = l4::reply_wait(reply_to, message, l4::Time::microseconds(next_tick - now));
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
    if (l4::global_id_of(sender) == console_) {
        obey_console();
        return {};
    }
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
        if (auto const item = linux.server.memory_for(message.mr(1), message.mr(2))) return l4::map_answer(*item);
    if (is_fatal(tag)) {
        report(linux.server.name(), message);
        died(linux);
        return {};
    }
    switch (tag.label()) {
    case L4_SUPERVISOR_POWER_OFF: power_off(linux); return {};
    case L4_SUPERVISOR_REBOOT: reboot(linux); return {};
    case L4_SUPERVISOR_PANIC:
        report_panic(linux.server, message);
        died(linux);
        return {};
    case L4_SUPERVISOR_WALL_CLOCK: {
        WallClock const now = read_wall_clock();
        return Message{L4_SUPERVISOR_WALL_CLOCK}.word(now.seconds).word(now.tsc);
    }
    case L4_SUPERVISOR_WATCH:
        linux.is_watched = true;
        linux.missed = 0;
        // Not empty: an empty message of ours is a doorbell from now on.
        return Message{L4_SUPERVISOR_WATCH}.word(0);
    case L4_SUPERVISOR_ALIVE: linux.missed = 0; return {};
    default: return {};
    }
}

std::optional<Message> Supervisor::handle_task(NativeTask& task, Message const& message)
{
    l4::MsgTag const tag = message.tag();
    if (tag.protocol() == l4::protocol::page_fault)
        if (auto const item = task.page_for(message.mr(1), tag.fault_rights())) return l4::map_answer(*item);
    if (auto const fault = l4::io_fault_of(message))
        if (auto const item = task.ports_for(fault->ports)) return l4::map_answer(*item);
    if (is_fatal(tag)) {
        report(task.name(), message);
        died(task);
    }
    if (tag.label() == L4_SUPERVISOR_INTERRUPT && tag.untyped() == 1)
        return Message{L4_SUPERVISOR_INTERRUPT}.word(task.attach_interrupt(message.mr(1)) ? 0 : 1);
    return {};
}

void Supervisor::tick()
{
    for (Linux& linux : linux_)
        if (linux.server.is_alive() && linux.is_watched) watch(linux);
    obey_console();
}

void Supervisor::watch(Linux& linux)
{
    if (linux.missed == max_missed) {
        kill(linux, "has not answered for ten seconds: it hangs with events masked");
        return;
    }
    ++linux.missed;
    (void)l4::send(linux.server.id(), Message{0}, l4::Time::zero());
}

void Supervisor::kill(Linux& linux, char const* reason)
{
    ThreadId const id = linux.server.id();
    Log::line("{}: {}", linux.server.name(), reason);
    linux.server.revoke();
    // One that sleeps is woken to find that it has no memory.
    (void)l4::send(id, Message{0}, l4::Time::zero());
    Message message;
    bool is_reported = false;
    // What it has said before is of no interest any more.
    for (unsigned i = 0; i < 4 && !is_reported; ++i) {
        if (l4::receive(id, message, l4::Time::milliseconds(500)).is_nil()) break;
        is_reported = is_fatal(message.tag());
    }
    if (is_reported)
        report(linux.server.name(), message);
    else
        Log::line("{}: it waits in the microkernel", linux.server.name());
    died(linux);
}

void Supervisor::died(Linux& linux)
{
    LinuxServer& server = linux.server;
    console_thread::dismiss(console_, server.id());
    server.end();
    report_kernel_memory();
    if (linux.restarts_left == 0) {
        Log::line("{}: ended; the other tasks run on", server.name());
        return;
    }
    --linux.restarts_left;
    Log::line("{}: ended; starting it again", server.name());
    launch(linux);
}

void Supervisor::died(NativeTask& task)
{
    console_thread::dismiss(console_, task.id());
    task.end();
    Log::line("{}: ended", task.name());
}

bool Supervisor::is_last(Linux const& linux) const
{
    return std::none_of(linux_.begin(), linux_.end(),
                        [&](Linux const& other) { return &other != &linux && other.server.is_alive(); });
}

/// One of several Linux servers goes alone.
void Supervisor::power_off(Linux& linux)
{
    if (!is_last(linux)) {
        linux.restarts_left = 0;
        died(linux);
        return;
    }
    Log::line("power off");
    console_thread::flush(console_);
    power_.power_off();
    Log::line("the machine stays on; it is safe to turn it off now");
}

void Supervisor::reboot(Linux& linux)
{
    if (!is_last(linux)) {
        ++linux.restarts_left;
        died(linux);
        return;
    }
    Log::line("reboot");
    console_thread::flush(console_);
    power_.reboot();
    Log::line("the machine does not reboot");
}

void Supervisor::obey_console()
{
    if (auto const command = console_thread::take_command(console_)) obey(command->letter, command->terminal);
}

void Supervisor::obey(char letter, unsigned terminal)
{
    switch (letter) {
    case 'k':
        for (Linux& linux : linux_)
            if (linux.server.is_alive() && linux.terminal == terminal) {
                kill(linux, "killed from the console");
                return;
            }
        Log::line("there is no Linux to kill at terminal {}", terminal);
        return;
    case 'l': list(); return;
    default:
        Log::line("behind the focus key: 1 to 4 moves the focus, l lists what runs, k kills the Linux with the focus, "
                  "the key itself is passed on");
    }
}

void Supervisor::list() const
{
    for (unsigned i = 0; i < linux_count_; ++i)
        Log::line("terminal {}: {}, {}, {} starts left", linux_[i].terminal, linux_[i].server.name(),
                  linux_[i].server.is_alive() ? "runs" : "ended", linux_[i].restarts_left);
    for (unsigned i = 0; i < task_count_; ++i)
        Log::line("task: {}, {}", tasks_[i].name(), tasks_[i].is_alive() ? "runs" : "ended");
    // A page that is ours already.
    Word const page = l4::kip().boot_info;
    Log::line("sigma0 {}", physical::take({page, page + 1}) ? "answers" : "does not answer as it should");
    report_kernel_memory();
}

} // namespace root
