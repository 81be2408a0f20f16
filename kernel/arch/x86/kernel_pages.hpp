// SPDX-License-Identifier: BSD-2-Clause
/// Single pages in slot 257 whose frames are found while the kernel runs: a processor's own data, the thread table.
#pragma once

#include "kernel/support/address.hpp"

namespace pecan {

/// Gives 2 MiB of the slot a page table. At boot only.
void make_kernel_table(Word region);

/// The page can be read and written, and is the same in every space that has the slot.
void map_kernel_page(Word address, PhysAddr frame);
PhysAddr kernel_page(Word address);

} // namespace pecan
