// SPDX-License-Identifier: BSD-2-Clause
/// Where a vCPU's pages come from and go to.
#include <initializer_list>

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/arch/x86/processor_switch.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/space/space.hpp"
#include "kernel/support/scope_guard.hpp"
#include "kernel/vcpu/client_set.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

/// The window's page table: the vCPU page, writable, and the CR3 values, read-only; nothing for ring 3.
void fill_window(PhysAddr window, PhysAddr page, ClientSet const& clients)
{
    Word* const table = direct_map<Word>(window);
    constexpr Word used = Pte::present | Pte::accessed | Pte::dirty | Pte::no_execute;
    table[index_of(VCPU_WINDOW_PAGE, 1)] = page.raw() | used | Pte::writable;
    for (unsigned n = 0; n < ClientSet::cr3_frames; ++n)
        table[index_of(VCPU_WINDOW_CR3_TABLE, 1) + n] = clients.cr3_frame(0, n).raw() | used;
}

/// The frames of a vCPU: its page, its window, and itself.
struct Frames {
    PhysAddr page, window, object;
};

void give_back(Frames const& frames, Quota& quota)
{
    for (PhysAddr const frame : {frames.page, frames.window, frames.object})
        if (frame != PhysAddr{}) kernel_memory().free_frame(frame, quota);
}

} // namespace

Vcpu::Vcpu(Tcb& thread, PhysAddr page, VirtAddr page_address, PhysAddr window)
    : thread_{thread}, page_{*direct_map<l4_vcpu>(page)}, page_address_{page_address}, window_{window}
{
    page_.thread_id = thread.id.raw();
    page_.utcb = thread.local_id;
    page_.kip = thread.space->kip_area().base();
    page_.tsc_khz = kernel_clock().khz();
    page_.tsc_base = kernel_clock().base().ticks;
    page_.dr6 = 0xffff0ff0;
}

Word Vcpu::window_entry() const { return window_.raw() | Pte::present | Pte::writable | Pte::accessed; }

Result<Ok, Error> Vcpu::attach(Tcb& thread, Word utcb_index)
{
    Space& space = *thread.space;
    if (space.clients() == nullptr) return Error::no_memory;
    Frames frames{};
    ScopeGuard undo{[&] { give_back(frames, space.quota()); }};
    for (PhysAddr* frame : {&frames.page, &frames.window, &frames.object})
        *frame = TRY(kernel_memory().allocate_frame(space.quota()));
    VirtAddr const address{space.utcb_area().last() + 1 + utcb_index * page_size};
    Result<PhysAddr, ClientError> const root = space.clients()->load(L4_CLIENT_SERVER, 0);
    if (!root) return Error::no_memory;
    TRY(space.pin_page(address, frames.page, Rights{L4_RIGHT_R | L4_RIGHT_W}));
    undo.dismiss();

    fill_window(frames.window, frames.page, *space.clients());
    thread.vcpu = new (direct_map<void>(frames.object)) Vcpu{thread, frames.page, address, frames.window};
    thread.vcpu->set_root(root.value().raw());
    thread.frame.rdi = address.raw();
    return Ok{};
}

void Vcpu::detach(Tcb& thread)
{
    Vcpu& vcpu = *thread.vcpu;
    Space& space = *thread.space;
    this_cpu().timeouts.cancel(vcpu.deadline_);
    forget_vcpu(vcpu);
    space.unpin_page(vcpu.page_address_);
    Frames const frames{physical(&vcpu.page_), vcpu.window_, physical(&vcpu)};
    thread.vcpu = nullptr;
    give_back(frames, space.quota());
}

} // namespace pecan
