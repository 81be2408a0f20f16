// SPDX-License-Identifier: BSD-2-Clause
/// Who runs next on this processor, and for how long (X.2, Schedule and ThreadSwitch).
#pragma once

#include "kernel/thread/tcb.hpp"
#include "kernel/time/clock.hpp"

namespace pecan {

/// The kernel's clock, set once at boot.
Clock const& kernel_clock();
void set_kernel_clock(Clock clock);

/// Charges the running thread for the time since it was last charged. At each entry that may switch.
void charge_current();

/// Takes the thread off the processor and out of the ready queue, if it is there.
void make_unready(Tcb& thread);

/// A new total quantum (0: infinite); a thread that waited for it goes on.
void set_quantum(Tcb& thread, Word ticks);

/// Preemption control (X.2, Schedule). The delay is there in full again; so it is after ThreadSwitch.
void set_preemption_delay(Tcb& thread, Word ticks);
void refill_preemption_delay(Tcb& thread);

/// The thread keeps the processor no longer: to the end of its priority with a fresh time slice.
void yield_current();

/// A ready thread gets the processor and the rest of the caller's time slice (X.2, ThreadSwitch).
void donate_slice(Tcb& to);

/// A halted thread goes on, if it was ready.
void resume_halted(Tcb& thread);

/// What the thread had to do before it goes on is done, or not to be done any more.
void nothing_pending(Tcb& thread);

/// The running thread waits for the answer of one that has its message and need not wait for others: that one runs, in the
/// sender's time slice (X.2: IPC donates), as it does on the short way. nullptr: it is not so.
Tcb* hand_over();

/// Chooses the thread to run: the first of the highest priority; nullptr if none is ready.
Tcb* choose_next();

/// Sets the priority, also of a thread that is queued.
void set_priority(Tcb& thread, Priority priority);

/// Programs the processor's timer for the next timeout or the end of the current time slice.
void arm_processor_timer();

/// The timer has fired: everything that is due happens.
void expire_timeouts();

} // namespace pecan
