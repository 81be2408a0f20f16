// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/trap/trap.hpp"

#include "kernel/arch/x86/address_space.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/entry.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/local_apic.hpp"
#include "kernel/arch/x86/processor_switch.hpp"
#include "kernel/debug/frame_panic.hpp"
#include "kernel/debug/trace/trace.hpp"
#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/exception_message.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/space/space.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/thread/create.hpp"
#include "kernel/trap/user_exception.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

constexpr Word first_interrupt = 32;

void handle_interrupt(Word vector)
{
    if (vector == spurious_vector) return;
    Tcb const* const interrupted = this_cpu().current;
    if (vector == timer_vector) {
        trace(L4_TRACE_TIMER, interrupted);
        local_apic_end_of_interrupt();
        expire_timeouts();
        return;
    }
    trace(L4_TRACE_INTERRUPT, interrupted, vector - first_line_vector);
    interrupt_fired(static_cast<unsigned>(vector - first_line_vector));
    local_apic_end_of_interrupt();
}

bool is_interrupt(Word vector) { return vector >= first_interrupt && vector < 256 && vector != vectors::int80; }

void handle_vcpu_exception(Tcb& thread, Word vector, Word error_code, Word fault_address)
{
    if (thread.vcpu->deliver_exception(vector, error_code, fault_address)) return;
    if (vector == vectors::page_fault)
        send_page_fault(thread, fault_address, wanted_rights(error_code));
    else
        send_exception(thread, vector, error_code);
}

/// A syscall that nobody takes is no instruction of this machine.
void refuse_client_syscall(Tcb& thread)
{
    repeat_system_call(thread);
    handle_vcpu_exception(thread, vectors::invalid_opcode, 0, 0);
}

void handle_vcpu_event(Tcb& thread)
{
    TrapFrame& frame = thread.frame;
    trace_trap(thread, gate_scratch().cr2);
    switch (frame.vector) {
    case VECTOR_SYSCALL: system_call(thread); return;
    case VECTOR_CLIENT_SYSCALL32:
        if (!thread.vcpu->deliver_syscall32()) refuse_client_syscall(thread);
        return;
    case vectors::int80: frame.refuse_int80(); [[fallthrough]];
    default: handle_vcpu_exception(thread, frame.vector, frame.error, gate_scratch().cr2);
    }
}

void handle_vcpu(Tcb& thread, unsigned how)
{
    if (how == GATE_ENTRY_LOOPS)
        send_exception(thread, vectors::double_fault, 0);
    else if (how == GATE_EVENT)
        handle_vcpu_event(thread);
    else if (thread.frame.vector == VECTOR_CLIENT_SYSCALL && !thread.vcpu->has_syscall_entry())
        refuse_client_syscall(thread);
    else
        thread.vcpu->deliver_double_fault(gate_scratch().cr2);
}

void handle_ordinary(Tcb& thread)
{
    trace_trap(thread, tracing ? x86::read_cr2() : 0);
    if (thread.frame.vector == VECTOR_CLIENT_SYSCALL32)
        send_exception(thread, vectors::invalid_opcode, 0);
    else
        handle_user_exception(thread);
}

[[noreturn]] void resume(Tcb& thread)
{
    thread.frame.rflags = filter_flags(thread.frame.rflags);
    // IRETQ to an address that is not canonical faults in ring 0 on some processors; the CPU itself may push one.
    set_user_ip(thread, thread.frame.rip);
    if (thread.vcpu != nullptr) {
        enable_breakpoints(thread);
        gate_frame() = thread.frame;
        gate_resume(thread.vcpu->root());
    }
    load_address_space(*thread.space);
    resume_ordinary(&thread.frame);
}

/// Puts the thread's registers on the processor and shows the right pages.
void switch_to(Tcb& thread)
{
    Cpu& cpu = this_cpu();
    if (cpu.on_processor == &thread) return;
    trace(L4_TRACE_RUN, &thread);
    switch_processor(cpu.on_processor, thread);
    cpu.on_processor = &thread;
    if (thread.vcpu != nullptr) {
        enter_vcpu_mode(thread.vcpu->window_entry(), cpu.last_server != thread.space);
        cpu.last_server = thread.space;
    } else {
        enter_ordinary_mode(reinterpret_cast<Word>(&thread.frame + 1));
    }
}

/// From the running task to the one that has its message, or to whoever should run.
[[noreturn]] void leave(Tcb& thread)
{
    Tcb* const next = hand_over();
    if (next == nullptr) dispatch();
    trace(L4_TRACE_RUN, next);
    switch_registers(&thread, *next);
    this_cpu().on_processor = next;
    this_cpu().gate_read_only.task_state.rsp[0] = reinterpret_cast<Word>(&next->frame + 1);
    resume(*next);
}

/// A piece of what the thread has pending. Interrupts come in behind it: then this does not return.
void go_on_with_pending(Tcb& thread)
{
    if (thread.pending == Pending::end_of_space)
        continue_end_of_space(thread);
    else
        ipc_continue(thread);
    charge_current();
    arm_processor_timer();
    if (local_apic_interrupt_waits()) idle();
}

} // namespace

void dispatch()
{
    charge_current();
    while (Tcb* thread = choose_next()) {
        if (thread->pending != Pending::nothing) {
            go_on_with_pending(*thread);
            continue;
        }
        if (thread->is_out_of_quantum()) {
            thread->awaits_quantum = true;
            ipc_send_preemption(*thread, thread->scheduler);
            continue;
        }
        if (thread->was_preempted) {
            thread->was_preempted = false;
            ipc_send_preemption(*thread, exception_handler(*thread));
            continue;
        }
        switch_to(*thread);
        if (thread->vcpu != nullptr) thread->vcpu->deliver_events();
        if (!thread->is_runnable()) continue;
        arm_processor_timer();
        resume(*thread);
    }
    arm_processor_timer();
    trace(L4_TRACE_IDLE, nullptr);
    idle();
}

void ordinary_system_call()
{
    Tcb& thread = *this_cpu().current;
    trace_trap(thread, 0);
    system_call(thread);
    leave(thread);
}

void ordinary_trap(TrapFrame* frame)
{
    Word const vector = frame->vector;
    Tcb* const thread = this_cpu().current;
    if (is_interrupt(vector)) {
        handle_interrupt(vector);
    } else if (thread != nullptr) {
        handle_ordinary(*thread);
        leave(*thread);
    }
    dispatch();
}

void vcpu_trap(TrapFrame const* frame, Word root, unsigned how)
{
    Cpu& cpu = this_cpu();
    Tcb& thread = *cpu.current;
    disable_breakpoints(thread);
    thread.frame = *frame;
    thread.vcpu->set_root(root);
    thread.vcpu->count_entry();
    if (is_interrupt(frame->vector))
        handle_interrupt(frame->vector);
    else
        handle_vcpu(thread, how);
    dispatch();
}

void abort_trap(TrapFrame const* frame, Word root)
{
    panic_with_frame("fault in the microkernel, double fault or machine check", *frame, root);
}

} // namespace pecan
