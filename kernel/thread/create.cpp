// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/thread/create.hpp"

#include "kernel/arch/x86/address_space.hpp"
#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/processor_switch.hpp"
#include "kernel/interrupt/interrupt.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/space/user_memory.hpp"
#include "kernel/thread/space_life.hpp"
#include "kernel/thread/thread_table.hpp"
#include "kernel/vcpu/vcpu.hpp"
#include "l4/vcpu.h"

namespace pecan {

static_assert(sizeof(Tcb) <= page_size);

Tcb::Tcb(ThreadId name, Space* home) : id{name}, space{home} { initialise_processor_state(processor); }

namespace {

constexpr Word initial_flags = 0x202;
/// Of the end of a space, until interrupts may come in.
constexpr Word steps_per_call = 32;

/// 10 ms, the reference kernel's default.
constexpr Microseconds default_time_slice{10'000};

/// An unused word of the UTCB holds the local ID; the GS base points at it, so that `mov %gs:0` finds it (X.2, amd64
/// appendix). A thread that overwrites it deceives only itself.
constexpr Word local_id_offset = 15 * sizeof(Word);

void set_initial_registers(Tcb& thread)
{
    thread.frame = TrapFrame{};
    bool const in_server = thread.space->is_server();
    thread.frame.cs = in_server ? L4_SERVER_CS : L4_CLIENT_CS;
    thread.frame.ss = in_server ? L4_SERVER_SS : L4_CLIENT_SS;
    thread.frame.rflags = initial_flags;
    thread.processor.gs_base = in_server ? 0 : thread.local_id - L4_UTCB_MR_OFFSET + local_id_offset;
}

Result<Ok, Error> check_location(Space const& space, Word location)
{
    Fpage const area = space.utcb_area();
    bool const inside = location >= area.base() && location <= area.last() - (L4_UTCB_SIZE - 1);
    if (!inside || !is_aligned(location, L4_UTCB_SIZE)) return Error::utcb_area;
    // A UTCB has one owner: the slot is free if no active thread of the space has it.
    for (Tcb const* other = space.threads.front(); other != nullptr; other = space.threads.next(*other))
        if (other->is_active() && other->local_id == location + L4_UTCB_MR_OFFSET) return Error::utcb_area;
    return Ok{};
}

void fill_utcb(Tcb& thread, Word location, ThreadId pager)
{
    thread.local_id = location + L4_UTCB_MR_OFFSET;
    thread.utcb = utcb_at(*thread.space, thread.local_id);
    __builtin_memset(thread.utcb, 0, L4_UTCB_SIZE);
    thread.utcb->unused[local_id_offset / sizeof(Word)] = thread.local_id;
    thread.utcb->my_global_id = thread.id.raw();
    thread.utcb->pager = pager.raw();
    thread.utcb->word_size_mask = ~Word{0};
    // A server that does not handle its own exceptions yet reports them to its pager (docs/abi/vcpu.md).
    thread.utcb->exception_handler = thread.space->is_server() ? pager.raw() : L4_NILTHREAD;
}

} // namespace

Result<Ok, Error> accepts_location(Space const& space, Word location)
{
    if (!space.has_areas()) return Ok{};
    return check_location(space, location);
}

Result<Ok, Error> prepare_location(Space& space, Word location)
{
    if (!space.has_areas()) return Error::invalid_space;
    TRY(check_location(space, location));
    return back_utcb(space, VirtAddr{location});
}

Tcb& create_kernel_thread(ThreadId id)
{
    Tcb* const thread = new (direct_map<void>(boot_frame())) Tcb{id, nullptr};
    if (!reserve_thread_number(id.number())) panic("too little memory for the thread table");
    enter_thread(*thread);
    return *thread;
}

Result<Tcb*, Error> create_thread(ThreadId id, Space& space, ThreadId scheduler)
{
    TRY(reserve_thread_number(id.number()));
    PhysAddr const frame = TRY(kernel_memory().allocate_frame(space.quota()));
    Tcb* const thread = new (direct_map<void>(frame)) Tcb{id, &space};
    thread->scheduler = scheduler;
    thread->time_slice = thread->slice_left = kernel_clock().length(default_time_slice).ticks;
    space.threads.push_back(*thread);
    enter_thread(*thread);
    return thread;
}

Result<Ok, Error> activate_thread(Tcb& thread, Word location, ThreadId pager)
{
    Space& space = *thread.space;
    TRY(prepare_location(space, location));
    fill_utcb(thread, location, pager);
    set_initial_registers(thread);
    if (space.is_server()) {
        Result<Ok, Error> const attached = Vcpu::attach(thread, (location - space.utcb_area().base()) / L4_UTCB_SIZE);
        if (!attached) {
            thread.utcb = nullptr;
            return attached;
        }
    }
    ipc_wait_for_start(thread, pager);
    return Ok{};
}

Result<Ok, Error> migrate_thread(Tcb& thread, Space& to, Tcb& caller)
{
    if (thread.is_active()) {
        TRY(prepare_location(to, thread.local_id - L4_UTCB_MR_OFFSET));
        if (thread.vcpu != nullptr || to.is_server()) return Error::invalid_space;
    }
    if (!to.quota().charge(page_size)) return Error::no_memory;
    ipc_abort(thread);
    Space& from = *thread.space;
    from.quota().release(page_size);
    List<Tcb, SpaceThreadTag>::remove(thread);
    thread.space = &to;
    to.threads.push_back(thread);
    if (thread.is_active()) {
        l4_utcb* const utcb = utcb_at(to, thread.local_id);
        *utcb = *thread.utcb;
        thread.utcb = utcb;
    }
    if (from.threads.is_empty()) {
        caller.ending_space = &from;
        caller.pending = Pending::end_of_space;
    }
    return Ok{};
}

void continue_end_of_space(Tcb& thread)
{
    Budget budget{steps_per_call};
    if (destroy_space(*thread.ending_space, budget) == Progress::again) return;
    thread.ending_space = nullptr;
    nothing_pending(thread);
}

namespace {

/// The thread takes part in nothing any more. Once; a deletion that goes on finds it done.
void retire(Tcb& thread)
{
    if (!static_cast<Link<SpaceThreadTag>&>(thread).is_linked()) return;
    List<Tcb, SpaceThreadTag>::remove(thread);
    ipc_withdraw(thread);
    thread.map_cursors.reset();
    thread.unmap_cursors.reset();
    make_unready(thread);
    // Others must not send to it, nor enter its space, while that is taken apart step by step.
    thread.state = State::dying;
    forget_interrupt_handler(thread.id);
    if (this_cpu().on_processor == &thread) this_cpu().on_processor = nullptr;
    if (thread.vcpu != nullptr) Vcpu::detach(thread);
    if (thread.is_active()) __builtin_memset(thread.utcb, 0, L4_UTCB_SIZE);
    thread.utcb = nullptr;
    thread.space->quota().release(page_size);
}

} // namespace

bool delete_thread(Tcb& thread)
{
    retire(thread);
    if (thread.ending_space != nullptr) {
        continue_end_of_space(thread);
        if (thread.ending_space != nullptr) return false;
    }
    if (thread.space->threads.is_empty()) {
        // The space goes first: its thread stands for it until the last page is given back.
        Budget budget{steps_per_call};
        if (destroy_space(*thread.space, budget) == Progress::again) return false;
    }
    remove_thread(thread);
    kernel_memory().frames().free(physical(&thread));
    return true;
}

} // namespace pecan
