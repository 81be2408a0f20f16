// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/schedule/scheduler.hpp"

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/local_apic.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/outcome.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

constinit Clock the_clock;

Tsc now() { return {x86::read_tsc()}; }

// PreemptFlags, byte 0 of the word in the UTCB (X.2, 1.3).
constexpr Word signal_preemption = 0x20, delay_preemption = 0x40, preemption_pending = 0x80;

bool has_flag(Tcb const& thread, Word flag)
{
    return thread.utcb != nullptr && (*const_cast<Word const volatile*>(&thread.utcb->flags) & flag) != 0;
}

/// A thread may keep others waiting for a while (X.2, preemption control), until one above its sensitive priority comes.
/// Just charged: cpu.slice_start is now.
bool delays_preemption(Tcb& thread, Priority by)
{
    if (thread.max_delay == 0 || by > thread.sensitive_priority || !has_flag(thread, delay_preemption)) return false;
    Tsc const time = this_cpu().slice_start;
    if (thread.delay_end == Tsc{0}) thread.delay_end = time + Tsc{thread.delay_left};
    if (thread.delay_end <= time) return false;
    thread.utcb->flags |= preemption_pending;
    return true;
}

/// What is left of a delay when the thread leaves the processor.
void stop_delay(Tcb& thread)
{
    if (thread.delay_end == Tsc{0}) return;
    Tsc const time = this_cpu().slice_start;
    thread.delay_left = thread.delay_end > time ? (thread.delay_end - time).ticks : 0;
    thread.delay_end = Tsc{0};
}

bool slice_is_used_up(Tcb const& thread) { return thread.time_slice != 0 && thread.slice_left == 0; }
void refill_slice(Tcb& thread) { thread.slice_left = thread.time_slice; }

/// After a change of priority, quantum or delay.
void note_priority(Tcb& thread)
{
    bool const is_metered = thread.total_quantum != 0 || thread.max_delay != 0;
    thread.least_receiver = is_metered ? Tcb::above_all : thread.priority();
}

} // namespace

Clock const& kernel_clock() { return the_clock; }
void set_kernel_clock(Clock clock) { the_clock = clock; }

void charge_current()
{
    Cpu& cpu = this_cpu();
    Tsc const time = now();
    Word const used = (time - cpu.slice_start).ticks;
    cpu.slice_start = time;
    if (cpu.current == nullptr) return;
    auto const charge = [used](Word& left) { left = left > used ? left - used : 0; };
    if (cpu.slice_owner->time_slice != 0) charge(cpu.slice_owner->slice_left);
    if (cpu.current->total_quantum != 0) charge(cpu.current->quantum_left);
}

namespace {

/// The queue, and the heir in it.
ReadyQueue<Tcb>& ready()
{
    Cpu& cpu = this_cpu();
    if (cpu.heir != nullptr) cpu.ready.push_back(*cpu.heir);
    cpu.heir = nullptr;
    return cpu.ready;
}

} // namespace

void wake(Tcb& thread)
{
    if (thread.state == State::ready) return;
    thread.state = State::ready;
    Cpu& cpu = this_cpu();
    if (!thread.is_runnable() || &thread == cpu.current) return;
    if (cpu.heir == nullptr)
        cpu.heir = &thread;
    else
        ready().push_back(thread);
}

void halt(Tcb& thread)
{
    thread.halted = true;
    thread.fast_sender = ThreadId::nil();
    if (!thread.is_runnable()) ready().remove(thread);
}

void nothing_pending(Tcb& thread)
{
    thread.pending = Pending::nothing;
    if (!thread.is_runnable()) ready().remove(thread);
}

void make_unready(Tcb& thread)
{
    Cpu& cpu = this_cpu();
    ready().remove(thread);
    if (cpu.current == &thread) cpu.current = nullptr;
    if (cpu.slice_owner == &thread) cpu.slice_owner = cpu.current;
}

void yield_current()
{
    Tcb& thread = *this_cpu().current;
    refill_slice(*this_cpu().slice_owner);
    this_cpu().current = nullptr;
    this_cpu().donated_priority = 0;
    if (thread.is_runnable()) ready().push_back(thread);
}

void donate_slice(Tcb& to)
{
    Cpu& cpu = this_cpu();
    Tcb& giver = *cpu.current;
    ready().remove(to);
    ready().push_back(giver);
    cpu.current = &to;
    // The slice stays the giver's: only what may preempt the giver may preempt it.
    if (cpu.donated_priority < giver.priority()) cpu.donated_priority = giver.priority();
}

void set_quantum(Tcb& thread, Word ticks)
{
    thread.total_quantum = thread.quantum_left = ticks;
    note_priority(thread);
    if (ticks != 0) thread.fast_sender = ThreadId::nil();
    if (!thread.awaits_quantum) return;
    ipc_end_preemption(thread);
    thread.awaits_quantum = false;
    if (thread.is_runnable() && &thread != this_cpu().current) ready().push_back(thread);
}

void set_preemption_delay(Tcb& thread, Word ticks)
{
    thread.max_delay = ticks;
    note_priority(thread);
    refill_preemption_delay(thread);
}

void refill_preemption_delay(Tcb& thread)
{
    thread.delay_left = thread.max_delay;
    thread.delay_end = Tsc{0};
    if (thread.utcb != nullptr) thread.utcb->flags &= ~preemption_pending;
}

void resume_halted(Tcb& thread)
{
    bool const was_runnable = thread.is_runnable();
    thread.halted = false;
    if (!was_runnable && thread.is_runnable() && &thread != this_cpu().current) ready().push_back(thread);
}

Tcb* hand_over()
{
    Cpu& cpu = this_cpu();
    Tcb const* const from = cpu.current;
    Tcb* const to = cpu.heir;
    if (from == nullptr || to == nullptr || from->state != State::receiving) return nullptr;
    if (to->pending != Pending::nothing || to->vcpu != nullptr) return nullptr;
    if (to->is_metered() || to->priority() < from->least_receiver || cpu.donated_priority != 0) return nullptr;
    cpu.heir = nullptr;
    cpu.current = to;
    if (from->timeout.is_armed()) arm_processor_timer();
    return to;
}

Tcb* choose_next()
{
    Cpu& cpu = this_cpu();
    Tcb* const best = ready().front();
    Tcb* const before = cpu.current;
    bool const may_go_on = before != nullptr && before->is_runnable();
    if (may_go_on) {
        bool const is_preempted =
            best != nullptr && best->priority() > before->priority() && best->priority() > cpu.donated_priority;
        if (is_preempted && delays_preemption(*before, best->priority())) {
            if (slice_is_used_up(*cpu.slice_owner)) refill_slice(*cpu.slice_owner);
            return before;
        }
        if (slice_is_used_up(*cpu.slice_owner))
            yield_current();
        else if (is_preempted)
            ready().push_front(*before);
        else
            return before;
    }
    if (before != nullptr) stop_delay(*before);
    Tcb* const next = may_go_on ? ready().front() : best;
    if (may_go_on && next != before && has_flag(*before, signal_preemption)) before->was_preempted = true;
    cpu.donated_priority = 0;
    cpu.current = cpu.slice_owner = next;
    if (cpu.current != nullptr) {
        ready().remove(*cpu.current);
        if (slice_is_used_up(*cpu.current)) refill_slice(*cpu.current);
    }
    return cpu.current;
}

void set_priority(Tcb& thread, Priority priority)
{
    ReadyQueue<Tcb>& queue = ready();
    bool const queued = static_cast<Link<ReadyTag>&>(thread).is_linked();
    queue.remove(thread);
    thread.priority_ = priority;
    note_priority(thread);
    if (thread.sensitive_priority < priority) thread.sensitive_priority = priority;
    if (queued) queue.push_back(thread);
}

void arm_processor_timer()
{
    Cpu& cpu = this_cpu();
    Tsc due{~Word{0}};
    if (Timeout const* first = cpu.timeouts.first()) due = first->due();
    if (cpu.current != nullptr) {
        Tcb const& thread = *cpu.current;
        auto const not_after = [&due](Tsc end) {
            if (end < due) due = end;
        };
        Tcb const& owner = *cpu.slice_owner;
        if (owner.time_slice != 0) not_after(cpu.slice_start + Tsc{owner.slice_left});
        if (thread.total_quantum != 0) not_after(cpu.slice_start + Tsc{thread.quantum_left});
        if (thread.delay_end != Tsc{0}) not_after(thread.delay_end);
    }
    if (due.ticks == ~Word{0}) return;
    // Firing too early costs one look at the queue; so a timer that is armed for earlier is left alone.
    if (cpu.timer_armed_for.ticks != 0 && cpu.timer_armed_for <= due) return;
    cpu.timer_armed_for = due;
    local_apic_arm_timer(due);
}

Tsc due_of(Time timeout)
{
    if (timeout.is_never()) return {~Word{0}};
    Clock const& clock = kernel_clock();
    Tsc const time = now();
    return timeout.is_point() ? clock.to_tsc(timeout.due(clock.to_microseconds(time)))
                              : time + clock.length(timeout.length());
}

void arm_timeout(Tcb& thread, Time timeout)
{
    if (!timeout.is_never()) this_cpu().timeouts.arm(thread.timeout, due_of(timeout));
}

void arm_transfer_timeout(Tcb& sender, Tsc due) { this_cpu().timeouts.arm(sender.transfer_timeout, due); }
void cancel_transfer_timeout(Tcb& sender) { this_cpu().timeouts.cancel(sender.transfer_timeout); }

void cancel_timeout(Tcb& thread) { this_cpu().timeouts.cancel(thread.timeout); }

void expire_timeouts()
{
    Cpu& cpu = this_cpu();
    cpu.timer_armed_for = Tsc{0};
    Tsc const time = now();
    while (Timeout* first = cpu.timeouts.first()) {
        if (first->due() > time) break;
        cpu.timeouts.cancel(*first);
        auto& timeout = static_cast<ThreadTimeout&>(*first);
        switch (timeout.meaning) {
        case ThreadTimeout::Meaning::vcpu_deadline: timeout.thread.vcpu->deadline_fired(time); break;
        case ThreadTimeout::Meaning::transfer: ipc_transfer_timeout(timeout.thread); break;
        case ThreadTimeout::Meaning::ipc: ipc_fail(timeout.thread, IpcError::timeout); break;
        }
    }
}

} // namespace pecan
