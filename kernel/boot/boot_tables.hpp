// SPDX-License-Identifier: BSD-2-Clause
/// What the root task learns of the modules and of ACPI: an l4_boot_info in pages of its own (include/l4/kip.h).
#pragma once

#include "kernel/boot/module_plan.hpp"

namespace pecan {

/// Bytes that the tables take, in whole pages.
Word boot_tables_size(Modules const& modules, ByteView rsdp);

/// Writes the tables; `to` has boot_tables_size() bytes. The ranges are those that the modules have now. `rsdp` is a copy
/// of ACPI's root pointer, which is not in low memory where the firmware is UEFI; empty: there is none.
void write_boot_tables(unsigned char* to, Modules const& modules, ByteView rsdp);

} // namespace pecan
