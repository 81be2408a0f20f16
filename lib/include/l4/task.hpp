// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_TASK_HPP
#define L4_TASK_HPP

#include <l4/thread_id.hpp>

#include <string_view>

namespace l4 {

/// What the root task tells a native task at its start: RSP points at it, at the top of the
/// task's stack. Prose: docs/abi/task.md.
struct TaskStart {
    static constexpr Word magic_value = 0x6b736154; // "Task"
    static constexpr unsigned max_instances = 4;
    static constexpr unsigned max_arguments = 128;

    Word magic;
    Word console;    ///< global ID of the console server, 0: none
    Word supervisor; ///< global ID of the task's pager and supervisor
    Word instance;   ///< which of the instances of its module this task is, from 0
    Word instance_count;
    Word peers[max_instances];     ///< global IDs of all instances, this one included
    char arguments[max_arguments]; ///< the module's command line without its first word, NUL-terminated

    ThreadId console_id() const { return ThreadId::from_raw(console); }
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
