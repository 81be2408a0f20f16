// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/space/space.hpp"
#include "kernel/syscall/syscall.hpp"

namespace pecan {

/// ProcessorControl (X.2, ProcessorControl). The frequencies of this machine cannot be set: a privileged call is
/// accepted and changes nothing.
void sys_processor_control(Tcb& caller)
{
    return_status(caller, caller.space->is_privileged ? Result<Ok, Error>{Ok{}} : Error::no_privilege);
}

namespace {

/// Attributes as MemoryControl numbers them: 0 the default, else the processor's memory type + 1.
Result<CacheAttribute, Error> memory_type(Word attribute)
{
    switch (attribute) {
    case 0:
    case 7: return CacheAttribute::write_back;
    case 1: return CacheAttribute::uncached;
    case 2: return CacheAttribute::write_combining;
    case 5: return CacheAttribute::write_through;
    case 6: return CacheAttribute::write_protected;
    default: return Error::invalid_parameter;
    }
}

/// Bits 0 and 1 of an fpage say which of the four attributes is meant.
Word attribute_for(TrapFrame const& frame, Word fpage)
{
    Word const attributes[] = {frame.rbp, frame.rsi, frame.r8, frame.rdi};
    return attributes[fpage & 3];
}

/// From `offset` on, which advances.
Progress set_memory_type(Space& space, Fpage fpage, CacheAttribute type, Word& offset, Budget& budget)
{
    VirtRange const area = space.user_area();
    if (fpage.is_nil() || fpage.is_io() || fpage.base() > area.last || fpage.last() < area.first) return Progress::done;
    Word const last = fpage.last() < area.last ? fpage.last() : area.last;
    Word first = fpage.base() + offset;
    if (first < area.first) first = area.first;
    TlbBatch batch{space.page_table().memory()};
    PageTable::Slot slot;
    while (first <= last && space.page_table().find_next(first, last, slot)) {
        // Kernel pages stay as they are. A large page has one type, also where the fpage is smaller.
        if (!slot.pte.is_pinned() && space.page_table().set_attribute(slot, type, batch)) x86::write_back_caches();
        first = slot.range(VirtAddr{first}).last + 1;
        offset = first - fpage.base();
        budget.spend();
        if (budget.is_exhausted()) return Progress::again;
    }
    return Progress::done;
}

Result<Progress, Error> memory_control(Tcb& caller)
{
    constexpr Word most_fpages = 64, steps_per_call = 64;
    Word const control = caller.frame.rdx;
    if (!caller.space->is_privileged) return Error::no_privilege;
    if (control >= most_fpages) return Error::invalid_parameter;
    caller.ipc.purpose = IpcPurpose::user;
    MessageRegisters const mrs{caller};
    for (unsigned n = 0; n <= control; ++n) TRY(memory_type(attribute_for(caller.frame, mrs.read(n))));

    LongUnmap& progress = caller.long_unmap;
    Budget budget{steps_per_call};
    for (; progress.item <= control; progress = LongUnmap{progress.item + 1}) {
        Word const fpage = mrs.read(progress.item);
        // Another thread may have changed what lies in the UTCB.
        CacheAttribute const type = TRY(memory_type(attribute_for(caller.frame, fpage)));
        if (set_memory_type(*caller.space, Fpage{fpage}, type, progress.offset, budget) == Progress::again)
            return Progress::again;
    }
    return Progress::done;
}

} // namespace

/// MemoryControl (X.2, MemoryControl): the memory type of pages of the caller's space; pages that are mapped from them
/// later get it too.
///
/// In      RDX control, RBP, RSI, R8, RDI attributes 0 to 3 (the stub moved two of them), fpages in MR0..
/// Out     RAX and RDX result, RDI UTCB; ErrorCode 1, 5
/// Note    A long one is executed again from where it was, as a long Unmap is.
void sys_memory_control(Tcb& caller)
{
    if (!return_or_repeat(caller, memory_control(caller))) return;
    caller.long_unmap = LongUnmap{};
    caller.frame.rdx = caller.frame.rax;
    caller.frame.rdi = caller.local_id;
}

} // namespace pecan
