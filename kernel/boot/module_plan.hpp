// SPDX-License-Identifier: BSD-2-Clause
/// Moving the modules out of the way: to the top of RAM below 4 GiB.
#pragma once

#include "kernel/boot/placement.hpp"

namespace pecan {

using Modules = FixedList<Module, 32>;

/// One step: the bytes of a module go from `from` to `to`, which may overlap `from` itself (memmove), but no module
/// that is still to be moved and none that has been. The rest of the last page is free to be cleared.
struct Move {
    std::size_t module;
    PhysRange from;
    PhysAddr to;
};

using ModulePlan = FixedList<Move, Modules::capacity>;

/// Plans the moves, to be made in the order of the plan; every module with contents has one, if only onto itself.
/// `claims` are ranges that no module may go to (the kernel's image).
BootResult<Ok> plan_modules(MemoryMap const& map, Claims const& claims, Modules const& modules, ModulePlan& plan);

void format(Printer& out, Move const& move);

} // namespace pecan
