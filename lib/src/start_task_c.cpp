// SPDX-License-Identifier: BSD-2-Clause
//
// Start of a native task written in C: linked beside start_task.cpp.

#include <l4/task.hpp>

void task_main(l4::TaskStart const& start) { l4_task_main(&start); }
