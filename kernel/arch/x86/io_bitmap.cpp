// SPDX-License-Identifier: BSD-2-Clause
/// The I/O permission bitmap of ordinary tasks (Intel SDM 1, 19.5.2).
#include "kernel/arch/x86/address_space.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

void load_io_ports(Space& space)
{
    IoPorts const& ports = space.io_ports();
    show_io_bitmap(ports.bitmap_frame(0), ports.bitmap_frame(1));
}

bool show_hidden_io_ports(Space& space)
{
    bool const are_hidden = this_cpu().gate_read_only.task_state.io_map_base == NO_IO_BITMAP;
    if (!are_hidden || space.io_ports().bitmap_frame(0) == PhysAddr{}) return false;
    load_io_ports(space);
    return true;
}

/// Hook of space/io_ports.hpp.
void io_bitmap_changed(IoPorts const& ports)
{
    Tcb* const thread = this_cpu().on_processor;
    if (thread != nullptr && thread->vcpu == nullptr && thread->space != nullptr &&
        &thread->space->io_ports() == &ports)
        load_io_ports(*thread->space);
}

} // namespace pecan
