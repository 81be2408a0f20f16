// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_TASK_HPP
#define L4_TASK_HPP

#include <l4/l4.h>
#include <l4/thread_id.hpp>

#include <string_view>

namespace l4 {

/// What the root task tells a native task at its start. Prose: docs/abi/task.md.
struct TaskStart : l4_task_start {
    static constexpr Word magic_value = L4_TASK_MAGIC;
    static constexpr unsigned max_instances = L4_TASK_MAX_INSTANCES;
    static constexpr unsigned max_arguments = L4_TASK_MAX_ARGUMENTS;

    ThreadId console_id() const { return ThreadId::from_raw(console); }
    ThreadId supervisor_id() const { return ThreadId::from_raw(supervisor); }
    ThreadId peer(Word n) const { return n < max_instances ? ThreadId::from_raw(peers[n]) : nilthread; }
    std::string_view argument_text() const
    {
        unsigned length = 0;
        while (length < max_arguments && arguments[length] != 0) ++length;
        return {arguments, length};
    }
};

} // namespace l4

/// The entry point of a native task.
void task_main(l4::TaskStart const& start);

#endif
