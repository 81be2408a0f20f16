// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/message.hpp"
#include "kernel/mapping/databases.hpp"
#include "kernel/syscall/syscall.hpp"

namespace pecan {

namespace {

constexpr Word steps_per_call = 32;
/// A flexpage may be a large hole, whose tables are looked through.
constexpr Word steps_per_fpage = 8;

} // namespace

/// Unmap (X.2, Unmap).
///
/// In      RDX control: number of fpages - 1 in 0..5, flush in 6; fpages in MR0..
/// Out     the fpages with their rights replaced by what was done to the pages; RDI UTCB
/// Note    A long unmap is executed again from where it was, so that interrupts can come in between. An fpage that is
///         done has its rights replaced and is marked by the progress in the thread control block.
void sys_unmap(Tcb& caller)
{
    constexpr Word flush_bit = 0x40;
    Word const control = caller.frame.rdx;
    bool const flush = (control & flush_bit) != 0;
    unsigned const last = static_cast<unsigned>(control & 0x3f);
    LongUnmap& progress = caller.long_unmap;
    Budget budget{steps_per_call};
    caller.ipc.purpose = IpcPurpose::user;
    MessageRegisters mrs{caller};
    while (progress.item <= last) {
        if (budget.is_exhausted()) return repeat_system_call(caller);
        budget.spend(steps_per_fpage);
        Fpage const fpage{mrs.read(progress.item)};
        Rights status = Rights::none();
        if (fpage.is_io()) {
            if (port_database().unmap(caller.space->io_ports(), fpage, flush, budget) == Progress::again)
                return repeat_system_call(caller);
        } else {
            UnmapOperation operation{caller.space,          fpage,           flush,
                                     &caller.unmap_cursors, progress.offset, progress.status};
            Progress const step = mapping_database().unmap(operation, budget);
            progress.offset = operation.offset;
            progress.status = operation.status;
            if (step == Progress::again) return repeat_system_call(caller);
            status = operation.status.as_rights();
        }
        mrs.write(progress.item, (fpage.raw() & ~L4_RIGHTS_RWX) | status.raw());
        progress = LongUnmap{progress.item + 1};
    }
    progress = LongUnmap{};
    caller.frame.rdi = caller.local_id;
}

} // namespace pecan
