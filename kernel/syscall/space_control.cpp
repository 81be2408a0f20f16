// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/interface_page.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "kernel/space/space.hpp"
#include "kernel/support/scope_guard.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/thread/space_life.hpp"
#include "kernel/thread/thread_table.hpp"
#include "l4/vcpu.h"

namespace pecan {

namespace {

struct Arguments {
    ThreadId specifier;
    Word control;
    Fpage kip_area, utcb_area;
    ThreadId redirector;
    Word quota_frames;
};

bool has_active_thread(Space const& space)
{
    for (Tcb const* thread = space.threads.front(); thread != nullptr; thread = space.threads.next(*thread))
        if (thread->is_active()) return true;
    return false;
}

Result<Ok, Error> space_control(Tcb const& caller, Arguments const& in)
{
    constexpr Word most_frames = Word{1} << 40;
    if (!caller.space->is_privileged) return Error::no_privilege;
    Tcb const* const member = find_thread(in.specifier);
    if (member == nullptr || member->space == nullptr) return Error::invalid_space;
    Space& space = *member->space;
    if (!in.redirector.is_nil() && !in.redirector.is_any() && find_thread(in.redirector) == nullptr)
        return Error::invalid_thread;

    Quota& quota = space.quota();
    ScopeGuard old_quota{[&quota, limit = quota.limit()] { quota.set_limit(limit); }};
    if ((in.control & L4_SPACE_QUOTA) != 0) {
        if (in.quota_frames > most_frames) return Error::invalid_parameter;
        quota.set_limit(in.quota_frames * page_size);
    }
    // Areas stay once they are placed; the call still succeeds (X.2, SpaceControl).
    if (!space.has_areas() && !has_active_thread(space)) {
        // A space that has become a server stays one: it is asked of another first.
        bool const becomes_server = (in.control & L4_SPACE_SERVER) != 0;
        Space const server{kernel_memory(), SpaceKind::server};
        Space const& asked = becomes_server ? server : space;
        TRY(asked.accepts_utcb_area(in.utcb_area));
        TRY(asked.accepts_kip_area(in.kip_area, in.utcb_area));
        if (becomes_server) TRY(make_server(space));
        TRY(space.pin_page(VirtAddr{in.kip_area.base()}, kernel_interface_frame, Rights{L4_RIGHT_R}));
        space.place_areas(in.kip_area, in.utcb_area);
    }
    old_quota.dismiss();
    // Nilthread: no change; anythread: none any more.
    if (!in.redirector.is_nil()) space.redirector = in.redirector.is_any() ? ThreadId::nil() : in.redirector;
    return Ok{};
}

} // namespace

/// SpaceControl (X.2, SpaceControl): the areas of a space that has no active thread yet; whether it is a server; its
/// quota of kernel memory (docs/abi/vcpu.md).
///
/// In      RDI SpaceSpecifier, RSI control, RDX KIP area, R8 UTCB area, R9 redirector, R10 quota in frames
/// Out     RAX 1, RDX old control; or RAX 0 with ErrorCode 1, 2 (no such redirector), 3, 5, 6, 7, 8
/// Rights  privileged spaces only
void sys_space_control(Tcb& caller)
{
    TrapFrame const& frame = caller.frame;
    Arguments const in{ThreadId{frame.rdi},
                       frame.rsi,
                       Fpage{frame.rdx},
                       Fpage{frame.r8},
                       globalize(ThreadId{frame.r9}, caller),
                       frame.r10};
    return_status(caller, space_control(caller, in));
    caller.frame.rdx = 0;
}

} // namespace pecan
