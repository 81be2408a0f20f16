// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_SUPERVISOR_HPP
#define ROOTTASK_SUPERVISOR_HPP

#include "config.hpp"
#include "linux_server.hpp"
#include "modules.hpp"
#include "native_task.hpp"
#include "power.hpp"

#include <l4/message.hpp>

#include <array>
#include <optional>

namespace root {

/// Starts what the configuration says, and is the pager and exception handler of all of it.
class Supervisor {
public:
    void start_all(Config const& config, Modules const& modules, ThreadId console);
    [[noreturn]] void serve();

private:
    struct Linux {
        LinuxServer server{};
        unsigned terminal = 0;
        Word restarts_left = 0;
        bool is_watched = false; ///< answers the watchdog's doorbells
        unsigned missed = 0;     ///< so many of them in a row it has not
    };

    void start_tasks(TaskConfig const& config, Modules const& modules);
    void start_linux(LinuxConfig const& config, Word restarts, Modules const& modules);
    bool launch(Linux& linux);

    std::optional<l4::Message> handle(ThreadId sender, l4::Message const& message);
    std::optional<l4::Message> handle_linux(Linux& linux, l4::Message const& message);
    std::optional<l4::Message> handle_task(NativeTask& task, l4::Message const& message);
    /// Once a second.
    void tick();
    void watch(Linux& linux);
    /// Ends a Linux that has not asked for it: gets hold of its registers first.
    void kill(Linux& linux, char const* reason);
    void died(Linux& linux);
    void died(NativeTask& task);
    bool is_last(Linux const& linux) const;
    void power_off(Linux& linux);
    void reboot(Linux& linux);

    void obey_console();
    void obey(char letter, unsigned terminal);
    void list() const;

    static constexpr unsigned max_tasks = Config::max_tasks * l4::TaskStart::max_instances;

    ThreadId console_{};
    Power power_{};
    std::array<Linux, Config::max_linux> linux_{};
    unsigned linux_count_ = 0;
    std::array<NativeTask, max_tasks> tasks_{};
    unsigned task_count_ = 0;
};

} // namespace root

#endif
