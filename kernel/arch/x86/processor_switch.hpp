// SPDX-License-Identifier: BSD-2-Clause
/// Taking one thread's registers off the CPU and putting another's on it.
#pragma once

#include "kernel/thread/tcb.hpp"

namespace pecan {

/// Fixes the CPU's control registers for good (docs/gate.md, rule 10) and learns what XSAVE covers.
void initialise_processor();

/// The state of a thread that has not run yet: FPU as after reset, everything else 0.
void initialise_processor_state(x86::ProcessorState& state);

/// Eager switch of all that ring 3 can read: FPU and vector state with MXCSR and PKRU, segment selectors, FS and GS
/// base, debug registers, descriptors, TSC_AUX. `from` may be nullptr.
void switch_processor(Tcb* from, Tcb& to);
/// The same from one ordinary task to another, which have neither debug registers nor descriptors nor a TSC_AUX.
void switch_registers(Tcb* from, Tcb& to);

/// Loads a vCPU's descriptors, debug registers and TSC_AUX; the vCPU is on the processor.
void load_vcpu_registers(Vcpu const& vcpu);

/// A vCPU goes: what of it the processor holds must not be taken for another's.
void forget_vcpu(Vcpu const& vcpu);

/// Breakpoints are off while the microkernel runs.
void disable_breakpoints(Tcb const& thread);
void enable_breakpoints(Tcb const& thread);

} // namespace pecan
