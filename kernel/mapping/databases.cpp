// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mapping/databases.hpp"

#include "kernel/memory/kernel_heap.hpp"

namespace pecan {

namespace {

/// Physical addresses of a page-table entry: bits 12 to 51; the mapping nodes keep 40 bits of frame number.
constexpr Word physical_limit = Word{1} << 46;

/// Made at first use, which is at boot: the kernel runs no constructors before main.
template <typename T>
union Late {
    constexpr Late() : nothing{} {}
    ~Late() {}
    char nothing;
    T object;
};

constinit PhysicalLayout the_layout{physical_limit};
constinit Late<MappingDatabase> the_mappings;
constinit Late<PortDatabase> the_ports;
constinit bool made = false;

void make_once()
{
    if (made) return;
    made = true;
    new (&the_mappings.object) MappingDatabase{kernel_memory(), the_layout};
    new (&the_ports.object) PortDatabase{kernel_memory()};
}

} // namespace

MappingDatabase& mapping_database()
{
    make_once();
    return the_mappings.object;
}

PortDatabase& port_database()
{
    make_once();
    return the_ports.object;
}

PhysicalLayout& physical_layout() { return the_layout; }

} // namespace pecan
