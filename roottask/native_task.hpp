// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_NATIVE_TASK_HPP
#define ROOTTASK_NATIVE_TASK_HPP

#include "config.hpp"
#include "modules.hpp"
#include "task_layout.hpp"

#include <l4/message.hpp>
#include <l4/task.hpp>

#include <optional>

namespace root {

using l4::ThreadId;

/// An ordinary L4 task from a boot module: one thread in a space of its own.
class NativeTask {
public:
    /// Puts the module's segments into memory. False, with a message, if that cannot be done.
    bool load(Module const& module, TaskConfig const& config, ThreadId id);
    /// Starts it. The start block needs the IDs of all instances, so all are loaded before.
    bool start(l4::TaskStart const& description);

    ThreadId id() const { return id_; }
    std::string_view name() const { return name_; }
    bool is_alive() const { return is_alive_; }

    /// The page for a fault; nothing if the task may not touch that address so.
    std::optional<l4::MapItem> page_for(Word address, l4::Rights wanted) const;

    /// The ports for an I/O fault, likewise.
    std::optional<l4::MapItem> ports_for(l4::Fpage wanted) const;
    /// Its interrupt, from now on sent to it. False if the line is not meant for it.
    [[nodiscard]] bool attach_interrupt(Word line);

    void end();

private:
    ThreadId id_{};
    std::string_view name_{};
    Word entry_ = 0;
    TaskLayout layout_{};
    Word memory_ = 0; ///< physical
    l4::Range ports_{};
    std::optional<Word> interrupt_{};
    bool is_attached_ = false;
    bool is_alive_ = false;
};

} // namespace root

#endif
