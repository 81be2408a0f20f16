// SPDX-License-Identifier: BSD-2-Clause
/// The kernel interface page that all spaces share.
#pragma once

#include "kernel/support/address.hpp"
#include "l4/kip.h"

namespace pecan {

void set_kernel_interface_page(PhysAddr page);
PhysAddr kernel_interface_frame();
l4_kip& kernel_interface_page();

/// KernelId of the kernel description, as KernelInterface returns it.
Word kernel_id();

} // namespace pecan
