// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/api/time.hpp"
#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/space/space.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/thread/thread_table.hpp"

namespace pecan {

namespace {

constexpr Word no_change = ~Word{0};

/// States as Schedule reports them (X.2, Schedule, result).
enum class Reported : Word { error, dead, inactive, running, pending_send, sending, waiting, receiving };

Reported reported_state(Tcb const& thread)
{
    if (thread.state == State::inactive || thread.halted) return Reported::inactive;
    if (ipc_is_in_transfer(thread))
        return ipc_is_in(thread, IpcPhase::receive) ? Reported::receiving : Reported::sending;
    switch (thread.state) {
    case State::sending: return Reported::pending_send;
    case State::receiving: return Reported::waiting;
    default: return Reported::running;
    }
}

bool may_schedule(Tcb const& caller, Tcb const& dest)
{
    if (caller.space->is_privileged) return true;
    Tcb const* scheduler = find_thread(dest.scheduler);
    return scheduler != nullptr && scheduler->space == caller.space;
}

/// A period as TSC ticks; 0 stands for 'never'.
Result<Word, Error> period(Word raw)
{
    Time const time{raw};
    if (time.is_never()) return Word{0};
    if (time.is_point() || time.is_zero()) return Error::invalid_parameter;
    return kernel_clock().length(time.length()).ticks;
}

/// What is left of slice and quantum as a time control; 'never' for what has no end.
Word remaining_time(Tcb const& thread)
{
    auto const left = [](Word limit, Word ticks) {
        return limit == 0 ? Time::never().raw() : Time::period(kernel_clock().period(Tsc{ticks})).raw();
    };
    return left(thread.time_slice, thread.slice_left) << 16 | left(thread.total_quantum, thread.quantum_left);
}

struct Outcome {
    Reported state;
    Word old_time;
};

struct Changes {
    bool set_time{false};
    Word slice{0}, quantum{0};
    bool set_preemption{false};
    Priority sensitive{0};
    Word delay{0};
    bool set_priority{false};
    Priority priority{0};
};

Result<Changes, Error> check(Tcb const& caller, TrapFrame const& in)
{
    Changes changes;
    Word const time = in.rdx, priority = in.rsi, processor = in.r8, preemption = in.r9;
    if (time != no_change) {
        changes.set_time = true;
        changes.slice = TRY(period(time >> 16));
        changes.quantum = TRY(period(time));
    }
    if (priority != no_change) {
        changes.set_priority = true;
        changes.priority = static_cast<Priority>(priority & 0xff);
        if (changes.priority > caller.priority()) return Error::invalid_parameter;
    }
    if (preemption != no_change) {
        changes.set_preemption = true;
        changes.sensitive = static_cast<Priority>(preemption >> 16 & 0xff);
        changes.delay = kernel_clock().length(Microseconds{preemption & 0xffff}).ticks;
        if (changes.sensitive > caller.priority()) return Error::invalid_parameter;
    }
    if (processor != no_change && (processor & 0xffff) != 0) return Error::invalid_parameter;
    return changes;
}

Result<Outcome, Error> schedule(Tcb& caller, TrapFrame const& in)
{
    Tcb* const dest = find_thread(globalize(ThreadId{in.rdi}, caller));
    bool const is_open_line = dest != nullptr && dest->space == nullptr && !is_associated_interrupt(dest->id.number());
    if (dest == nullptr || is_open_line) return Error::invalid_thread;
    if (!may_schedule(caller, *dest)) return Error::no_privilege;
    Changes const changes = TRY(check(caller, in));

    charge_current();
    Outcome const before{reported_state(*dest), remaining_time(*dest)};
    if (changes.set_time) {
        dest->time_slice = dest->slice_left = changes.slice;
        set_quantum(*dest, changes.quantum);
    }
    if (changes.set_priority) set_priority(*dest, changes.priority);
    if (changes.set_preemption) {
        dest->sensitive_priority = changes.sensitive;
        set_preemption_delay(*dest, changes.delay);
    }
    return before;
}

} // namespace

/// Schedule (X.2, Schedule).
///
/// In      RDI dest, RDX time control, RSI priority, R8 processor, R9 preemption control; all ones: no change
/// Out     RAX state of dest, RDX old time control; 0 with ErrorCode 1 (not its scheduler), 2 (no such thread),
///         5 (priority or sensitive priority above the caller's, no such processor, bad time)
void sys_schedule(Tcb& caller)
{
    Result<Outcome, Error> const result = schedule(caller, caller.frame);
    caller.frame.rdx = result ? result.value().old_time : 0;
    caller.frame.rax = result ? static_cast<Word>(result.value().state) : 0;
    if (!result) set_error(caller, result.error());
}

} // namespace pecan
