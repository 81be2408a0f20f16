// SPDX-License-Identifier: BSD-2-Clause
/// What the root task learns of the modules: an l4_boot_info in pages of its own (include/l4/kip.h).
#pragma once

#include "kernel/boot/module_plan.hpp"

namespace pecan {

/// Bytes that the tables for these modules take, in whole pages.
Word boot_tables_size(Modules const& modules);

/// Writes the tables; `to` has boot_tables_size(modules) bytes. The ranges are those that the modules have now.
void write_boot_tables(unsigned char* to, Modules const& modules);

} // namespace pecan
