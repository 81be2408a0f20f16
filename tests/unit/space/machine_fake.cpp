// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/space/machine_fake.hpp"

#include "kernel/space/pte_access.hpp"

namespace pecan {

MachineFake machine;

bool MachineFake::touch(PageTable const& table, Word address, bool write)
{
    PageTable::Slot const slot = table.find(VirtAddr{address});
    if (!slot.is_present() || (write && !slot.pte.rights().write())) return false;
    store(slot.entry, Pte{load(slot.entry).raw() | Pte::accessed | (write ? Pte::dirty : 0)});
    tlb[{&table, address}] = slot;
    return true;
}

bool MachineFake::is_tlb_coherent() const
{
    for (auto const& [key, seen] : tlb) {
        PageTable::Slot const now = key.first->find(VirtAddr{key.second});
        if (!now.is_present() || now.phys(VirtAddr{key.second}) != seen.phys(VirtAddr{key.second}) ||
            !now.pte.rights().includes(seen.pte.rights()) || now.pte.is_user() != seen.pte.is_user())
            return false;
    }
    return true;
}

void flush_tlb(PageTable const& table)
{
    ++machine.flushes;
    std::erase_if(machine.tlb, [&](auto const& item) { return item.first.first == &table; });
}

void io_bitmap_changed(IoPorts const&) { ++machine.bitmap_changes; }

Pte const* kernel_slots(TableKind kind, unsigned)
{
    // Ordinary spaces have the gate and the microkernel, a vCPU's PML4s the gate alone.
    static Pte const ordinary[kernel_slot_count]{Pte{0x1003}, Pte{0x2003}, Pte{0x3003}};
    static Pte const gate_only[kernel_slot_count]{Pte{0x1003}};
    return kind == TableKind::ordinary ? ordinary : gate_only;
}

} // namespace pecan
