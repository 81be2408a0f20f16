// SPDX-License-Identifier: BSD-2-Clause
/// Which page table the processor uses while the kernel runs.
#pragma once

#include "kernel/space/space.hpp"

namespace pecan {

/// Loads the page table of an ordinary space, if it is not the one that is loaded. Its ports are hidden then.
void load_address_space(Space const& space);

/// The space is about to go: the processor must not use its tables any more.
void leave_address_space(Space const& space);

/// Notes what every page table of this processor has of the kernel. When gate and direct map are complete.
void initialise_kernel_slots();

/// The microkernel's own page table, as CR3 holds it.
Word kernel_root();

/// Shows the ports of an ordinary task to the processor, when it first uses one. False: they are shown, or there are none.
bool show_hidden_io_ports(Space& space);

} // namespace pecan
