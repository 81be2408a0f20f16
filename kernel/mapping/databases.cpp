// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mapping/databases.hpp"

#include "kernel/memory/kernel_heap.hpp"

namespace pecan {

namespace {

/// Physical addresses of a page-table entry: bits 12 to 51; the mapping nodes keep 40 bits of frame number.
constexpr Word physical_limit = Word{1} << 46;

constinit PhysicalLayout the_layout{physical_limit};
constinit MappingDatabase the_mappings{kernel_memory(), the_layout};
constinit PortDatabase the_ports{kernel_memory()};

} // namespace

MappingDatabase& mapping_database() { return the_mappings; }
PortDatabase& port_database() { return the_ports; }
PhysicalLayout& physical_layout() { return the_layout; }

} // namespace pecan
