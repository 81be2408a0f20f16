// SPDX-License-Identifier: BSD-2-Clause
/// What one processor owns. Each processor maps its own at the same address.
#pragma once

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

    Word user_sp;              ///< scratch of the system-call entry
    Word frame_end;            ///< end of the current ordinary thread's TrapFrame
    Tcb* current;              ///< nullptr: idle
    Priority donated_priority; ///< at which `current` runs the rest of another\'s time slice; 0: its own
    Tsc donation_end;          ///< until when, if `current` has no slice of its own; 0: its slice says
    Tcb* on_processor;         ///< whose ProcessorState the CPU holds; nullptr: nobody's
    ReadyQueue<Tcb> ready;
    TimeoutQueue timeouts;
    Tsc slice_start;          ///< since when `current` has been charged
    Tsc timer_armed_for;      ///< 0: the timer is off
    Space const* last_server; ///< whose frames the gate's stack may still hold
    Word root;                ///< CR3 value that the kernel runs on
};

inline Cpu& this_cpu() { return *reinterpret_cast<Cpu*>(CPU_LOCAL_BASE); }

} // namespace pecan
