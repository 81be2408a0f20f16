// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/space/space.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/thread/create.hpp"
#include "kernel/thread/space_life.hpp"
#include "kernel/thread/thread_table.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

constexpr Word no_location = ~Word{0};

struct Arguments {
    ThreadId dest, space, scheduler, pager;
    Word location;
};

void discard(Space& space)
{
    Budget whole{~Word{0}};
    (void)destroy_space(space, whole);
}

void rename(Tcb& thread, ThreadId id)
{
    ipc_forget_partners(thread);
    remove_thread(thread);
    thread.id = id;
    enter_thread(thread);
    if (thread.is_active()) thread.utcb->my_global_id = id.raw();
    if (thread.vcpu != nullptr) thread.vcpu->rename(id);
}

/// A thread may be its own scheduler, as the root server is.
bool is_scheduler(Arguments const& in) { return in.scheduler == in.dest || find_thread(in.scheduler) != nullptr; }

Result<Ok, Error> create(Arguments const& in)
{
    if (!is_scheduler(in)) return Error::invalid_scheduler;
    TRY(reserve_thread_number(in.dest.number()));
    bool const new_space = in.space == in.dest;
    Tcb const* const member = new_space ? nullptr : find_thread(in.space);
    if (!new_space && (member == nullptr || member->space == nullptr)) return Error::invalid_space;
    if (new_space && !in.pager.is_nil()) return Error::invalid_space;

    if (!new_space && !in.pager.is_nil() && !member->space->has_areas()) return Error::invalid_space;
    if (!new_space && in.location != no_location) TRY(accepts_location(*member->space, in.location));

    Space& space = new_space ? *TRY(create_space(SpaceKind::ordinary)) : *member->space;
    Result<Tcb*, Error> const thread = create_thread(in.dest, space, in.scheduler);
    if (!thread) {
        if (new_space) discard(space);
        return thread.error();
    }
    thread.value()->utcb_location = in.location;
    if (in.pager.is_nil()) return Ok{};
    Result<Ok, Error> const active = activate_thread(*thread.value(), in.location, in.pager);
    // A thread without anything goes in one step.
    if (!active) (void)delete_thread(*thread.value());
    return active;
}

Result<Ok, Error> modify(Tcb& dest, Arguments const& in, Tcb& caller)
{
    Tcb const* const member = in.space.number() == in.dest.number() ? &dest : find_thread(in.space);
    if (member == nullptr || member->space == nullptr) return Error::invalid_space;
    bool const activates = !in.pager.is_nil() && !dest.is_active();
    if (in.location != no_location && dest.is_active()) return Error::utcb_area;
    if (!in.scheduler.is_nil() && !is_scheduler(in)) return Error::invalid_scheduler;
    if (in.location != no_location) TRY(accepts_location(*member->space, in.location));
    Word const location = in.location != no_location ? in.location : dest.utcb_location;
    // What may fail comes before what changes the thread.
    if (activates) TRY(prepare_location(*member->space, location));
    if (member->space != dest.space) TRY(migrate_thread(dest, *member->space, caller));
    if (activates) TRY(activate_thread(dest, location, in.pager));
    dest.utcb_location = location;
    if (dest.id != in.dest) {
        ipc_abort(dest);
        rename(dest, in.dest);
    }
    if (!in.scheduler.is_nil()) dest.scheduler = in.scheduler;
    if (!in.pager.is_nil()) dest.utcb->pager = in.pager.raw();
    return Ok{};
}

Result<Ok, Error> control_interrupt(Arguments const& in)
{
    Tcb* const thread = find_thread(in.dest);
    if (thread == nullptr || in.space != in.dest || !is_interrupt_thread(in.dest.number()))
        return Error::invalid_thread;
    return associate_interrupt(*thread, in.pager);
}

bool is_user_thread_name(ThreadId id)
{
    constexpr Word version_bits = 0x3f;
    return id.is_global() && id.number() >= user_base && id.number() < thread_number_limit &&
           (id.raw() & version_bits) != 0;
}

Result<Progress, Error> thread_control(Tcb& caller, Arguments const& in)
{
    if (!caller.space->is_privileged) return Error::no_privilege;
    if (in.dest.number() < system_base) {
        TRY(control_interrupt(in));
        return Progress::done;
    }
    if (!is_user_thread_name(in.dest)) return Error::invalid_thread;
    Tcb* const dest = find_thread_number(in.dest.number());
    if (in.space.is_nil()) {
        if (dest == &caller) return Error::invalid_thread;
        return dest == nullptr || delete_thread(*dest) ? Progress::done : Progress::again;
    }
    if (dest != nullptr && dest->state == State::dying) return Error::invalid_thread;
    TRY(dest == nullptr ? create(in) : modify(*dest, in, caller));
    return Progress::done;
}

} // namespace

/// ThreadControl (X.2, ThreadControl): create, modify, migrate, delete a thread; associate an interrupt.
///
/// In      RDI dest, R8 SpaceSpecifier, RDX scheduler, RSI pager, R9 UTCB location
/// Out     RAX 1, or 0 with ErrorCode 1, 2, 3, 4, 6, 8
/// Rights  privileged spaces only
void sys_thread_control(Tcb& caller)
{
    TrapFrame const& frame = caller.frame;
    Arguments const in{ThreadId{frame.rdi}, globalize(ThreadId{frame.r8}, caller),
                       globalize(ThreadId{frame.rdx}, caller), globalize(ThreadId{frame.rsi}, caller), frame.r9};
    (void)return_or_repeat(caller, thread_control(caller, in));
}

} // namespace pecan
