// SPDX-License-Identifier: BSD-2-Clause
/// What one processor owns. Each processor maps its own at the same address.
#pragma once

#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/schedule/ready_queue.hpp"
#include "kernel/thread/tcb.hpp"
#include "kernel/time/timeout_queue.hpp"

namespace pecan {

/// Touched only by its processor, with interrupts off; so there is no lock.
struct Cpu {
    alignas(page_size) unsigned char abort_stack[page_size];
    alignas(page_size) unsigned char stack[4 * page_size];

    alignas(page_size) unsigned char interrupt_stacks[page_size];

    /// What the gate shows of it can only be read.
    alignas(page_size) GateReadOnly gate_read_only;

    alignas(page_size) Word user_sp; ///< scratch of the system-call entry
    Tcb* current;                    ///< nullptr: idle
    /// Whose time slice it is that `current` uses: its own, or that of one who gave it the processor.
    Tcb* slice_owner;
    Priority donated_priority; ///< at which `current` runs the rest of another\'s time slice; 0: its own
    Tcb* on_processor;         ///< whose ProcessorState the CPU holds; nullptr: nobody's
    ReadyQueue<Tcb> ready;
    Tcb* heir; ///< ready, but not queued: the first that was woken since `current` was chosen, it may be the next
    TimeoutQueue timeouts;
    Tsc slice_start;          ///< since when `current` has been charged
    Tsc timer_armed_for;      ///< 0: the timer is off
    Space const* last_server; ///< whose frames the gate's stack may still hold

    GateState gate;
    /// What the debug registers and the GDT hold now, so that they are written only when they change.
    Vcpu const* loaded_vcpu;
    std::uint32_t loaded_tsc_aux;
    /// The level-4 entries of slots 256 to 271, in ordinary spaces and in those that a vCPU may load.
    Pte ordinary_slots[kernel_slot_count], vcpu_slots[kernel_slot_count];
};

inline Cpu& this_cpu() { return *reinterpret_cast<Cpu*>(CPU_LOCAL_BASE); }

} // namespace pecan
