// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/address_space.hpp"

#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/arch/x86/instructions.hpp"

namespace pecan {

Word kernel_root() { return image_phys(kernel_pml4).raw(); }

void load_address_space(Space const& space)
{
    Word const root = space.page_table().root(0).raw();
    if (x86::read_cr3() == root) return;
    x86::write_cr3(root);
    hide_io_bitmap();
}

void leave_address_space(Space const& space)
{
    // Another space may be made at the same address: it is another server then.
    if (this_cpu().last_server == &space) this_cpu().last_server = nullptr;
    if (x86::read_cr3() == space.page_table().root(0).raw()) x86::write_cr3(kernel_root());
}

/// Hook of space/tlb.hpp. Without PCID the TLB holds what is loaded and nothing else (docs/gate.md, rule 1). A vCPU's
/// tables are never loaded while the kernel runs, and are loaded anew when it returns.
void flush_tlb(PageTable const& table)
{
    if (x86::read_cr3() == table.root(0).raw()) x86::write_cr3(x86::read_cr3());
}

void initialise_kernel_slots()
{
    Cpu& cpu = this_cpu();
    for (unsigned slot = 1; slot < kernel_slot_count; ++slot)
        cpu.ordinary_slots[slot] = Pte{kernel_pml4[kernel_slot_first + slot]};
    cpu.ordinary_slots[0] = Pte{gate_entry_for_ordinary_spaces()};
    cpu.vcpu_slots[0] = Pte{gate_entry_for_vcpus()};
}

/// Hook of space/page_table.hpp. Each processor makes its own tables.
Pte const* kernel_slots(TableKind kind, unsigned)
{
    return kind == TableKind::ordinary ? this_cpu().ordinary_slots : this_cpu().vcpu_slots;
}

} // namespace pecan
