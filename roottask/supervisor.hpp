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
        OnDeath on_death = OnDeath::leave;
        bool is_raw = false;
        unsigned restarts = 0;
    };

    void start_tasks(TaskConfig const& config, Modules const& modules);
    void start_linux(LinuxConfig const& config, OnDeath on_death, Modules const& modules);
    bool launch(Linux& linux);

    std::optional<l4::Message> handle(ThreadId sender, l4::Message const& message);
    std::optional<l4::Message> handle_linux(Linux& linux, l4::Message const& message);
    std::optional<l4::Message> handle_task(NativeTask& task, l4::Message const& message);
    void died(Linux& linux);
    void died(NativeTask& task);
    void power_off();
    void reboot();

    static constexpr unsigned max_tasks = Config::max_tasks * l4::TaskStart::max_instances;
    static constexpr unsigned max_restarts = 5;

    ThreadId console_{};
    Power power_{};
    std::array<Linux, Config::max_linux> linux_{};
    unsigned linux_count_ = 0;
    std::array<NativeTask, max_tasks> tasks_{};
    unsigned task_count_ = 0;
};

} // namespace root

#endif
