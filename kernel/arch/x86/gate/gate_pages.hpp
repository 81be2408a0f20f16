// SPDX-License-Identifier: BSD-2-Clause
/// The data pages of the gate, as the microkernel writes them and the gate's code reads them.
#pragma once

#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/support/address.hpp"
#include "kernel/trap/trap_frame.hpp"

namespace pecan {

/// The CPU's task state segment: stack pointers for entries into ring 0, and the place of the I/O bitmap.
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved0;
    Word rsp[3];
    Word reserved1;
    Word ist[7];
    Word reserved2;
    std::uint16_t reserved3;
    std::uint16_t io_map_base;
};
static_assert(sizeof(TaskState) == 104);

/// Read-only while a vCPU runs: ring 1 sees it but cannot change it. The microkernel writes through its alias.
struct GateReadOnly {
    Word gdt[GDT_ENTRIES];
    TaskState task_state;
    Word kernel_cr3;
    std::uint8_t vcpu_mode;
};
static_assert(sizeof(GateReadOnly) <= page_size);

/// Written by the gate while it handles one event, and only then worth anything.
struct GateScratch {
    Word rsp;
    Word rax;
    Word entry;
    Word cr2;
    Word interrupt_flag;
    std::uint32_t loops;
};

/// One tree for slot 256: PDPT, page directory, page table. The window's directory entry is set at each switch.
struct GateTree {
    PhysAddr pdpt, directory, table;
};

/// What the microkernel knows of a processor's gate.
struct GateState {
    GateTree ordinary, vcpu;
    PhysAddr scratch_frame, ist_frame;
    bool vcpu_mode;
};

/// Makes this CPU's gate: descriptor tables, IDT, stacks, its page-table trees for ordinary spaces and for
/// vCPUs; loads GDTR, IDTR and TR. Once per CPU.
void initialise_gate(Word kernel_cr3);

/// The level-4 entries for slot 256, as every address space of this CPU carries them.
Word gate_entry_for_ordinary_spaces();
Word gate_entry_for_vcpus();

/// From now on ring 3 is an ordinary task's: entries push into the frame that ends at `frame_end`.
void enter_ordinary_mode(Word frame_end);

/// From now on rings 1 and 3 belong to a vCPU, whose window is shown. `other_server`: what the gate's stack still
/// holds of another server is wiped.
void enter_vcpu_mode(Word window_entry, bool other_server);

/// Shows the processor an I/O bitmap that opens no port to ring 3 (Intel SDM 1, 19.5.2).
void hide_io_bitmap();

void set_gdt_entry(unsigned index, Word descriptor);

/// Where gate_resume expects the registers.
inline TrapFrame& gate_frame() { return *reinterpret_cast<TrapFrame*>(GATE_STACK_TOP - sizeof(TrapFrame)); }
inline GateScratch& gate_scratch() { return *reinterpret_cast<GateScratch*>(GATE_SCRATCH); }

extern "C" [[noreturn]] void gate_resume(Word cr3);

} // namespace pecan
