// SPDX-License-Identifier: BSD-2-Clause
/// Carries the plans out: moves modules and loads executables in physical memory.
#pragma once

#include "kernel/boot/elf.hpp"
#include "kernel/boot/module_plan.hpp"

namespace pecan {

/// Makes the moves in order, clears the rest of each last page, and notes the new ranges.
void move_modules(ModulePlan const& plan, Modules& modules);

/// Copies the segments to where they belong and clears the rest of the image's pages.
void load(ServerImage const& image);

/// The module of that name.
BootResult<Module> find_module(Modules const& modules, Text name);

/// The bytes of a module.
ByteView contents(Module const& module);

} // namespace pecan
