// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_GROUPS_HPP
#define TESTS_SYSTEM_GROUPS_HPP

#include "tests/system/harness/check.hpp"

namespace test {

extern Group const kip_cases, memory_cases, sigma0_cases, ipc_cases, short_ipc_cases, ipc_error_cases, ipc_queue_cases,
    timeout_cases, id_cases, thread_start_cases, thread_control_cases, space_control_cases, exchange_registers_cases,
    page_fault_cases, exception_cases, map_cases, unmap_cases, io_cases, item_cases, interrupt_cases, clock_cases,
    schedule_cases, context_cases, long_transfer_cases, string_cases, detour_cases, attack_cases, hostile_cases,
    library_cases, trace_cases, huge_page_cases, quota_cases;

/// From the fundamental to what leans on it. The first of memory_cases and the last of quota_cases belong together.
inline std::span<Group const* const> all_groups()
{
    static constexpr Group const* groups[] = {
        &kip_cases,           &trace_cases,
        &memory_cases,        &sigma0_cases,
        &ipc_cases,           &short_ipc_cases,
        &ipc_error_cases,     &ipc_queue_cases,
        &timeout_cases,       &id_cases,
        &thread_start_cases,  &thread_control_cases,
        &space_control_cases, &exchange_registers_cases,
        &page_fault_cases,    &exception_cases,
        &map_cases,           &unmap_cases,
        &huge_page_cases,     &io_cases,
        &item_cases,          &interrupt_cases,
        &clock_cases,         &schedule_cases,
        &context_cases,       &long_transfer_cases,
        &string_cases,        &detour_cases,
        &attack_cases,        &hostile_cases,
        &library_cases,       &quota_cases,
    };
    return groups;
}

} // namespace test

#endif
