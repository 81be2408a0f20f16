// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's one mapping database, port database, and map of what is not sigma0's.
#pragma once

#include "kernel/mapping/mapping_database.hpp"
#include "kernel/space/io_ports.hpp"
#include "kernel/space/physical_layout.hpp"

namespace pecan {

MappingDatabase& mapping_database();
PortDatabase& port_database();
PhysicalLayout& physical_layout();

} // namespace pecan
