// SPDX-License-Identifier: BSD-2-Clause
/// A thread of a co-resident server (docs/abi/vcpu.md).
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/support/result.hpp"
#include "kernel/thread/tcb.hpp"
#include "kernel/vcpu/client_set.hpp"
#include "l4/vcpu.h"

namespace pecan {

/// What a vCPU has beyond a thread. The page is shared with the server: each field is read once.
class Vcpu {
public:
    /// `window`: the page table that shows the vCPU page and the CR3 table in the gate's window.
    Vcpu(Tcb& thread, PhysAddr page, VirtAddr page_address, PhysAddr window);
    Vcpu(Vcpu const&) = delete;
    Vcpu& operator=(Vcpu const&) = delete;

    /// Makes `thread`, whose UTCB is the nth of its server's area, a vCPU: page, window, fields marked K.
    static Result<Ok, Error> attach(Tcb& thread, Word utcb_index);
    /// Gives all of it back.
    static void detach(Tcb& thread);

    /// The CR3 value that the vCPU runs on: one of its server's table.
    Word root() const { return root_; }
    void set_root(Word root) { root_ = root; }

    /// The entry for the gate's level-2 table that shows this vCPU's window.
    Word window_entry() const;

    /// The microkernel has been entered from this vCPU: its counters in the page.
    void count_entry()
    {
        page_.entries = ++entries_;
        page_.kernel_memory = thread_.space->quota().used();
    }

    /// Sets an event bit and wakes the vCPU if it waits for one.
    void post_event(unsigned event);

    /// Arms the kernel's timer for the deadline in the page, if that is earlier than what is armed.
    void arm_deadline();
    void deadline_fired(Tsc now);

    /// Unmasks events and leaves the processor until there is one.
    void wait();

    /// Names a partner whose empty messages set `event`; event -1: no longer.
    bool set_doorbell(ThreadId partner, Word event);
    /// The event that an empty message of `partner` sets; 0: none.
    unsigned doorbell_event(ThreadId partner) const;

    /// The thread has a new version.
    void rename(ThreadId id) { page_.thread_id = id.raw(); }

    /// Arguments of L4_VCPU_MAP and L4_VCPU_BATCH, and how far an interrupted L4_VCPU_UNMAP has come.
    Word* map_entries() { return page_.map; }
    l4_vcpu_call& batch_call(Word n) { return page_.calls[n]; }
    ClientUnmapCall& unmap_call() { return unmap_call_; }

    /// Sets a TLS descriptor, debug register or TSC_AUX. False: not allowed.
    bool set_register(Word what, Word value);

    /// Before the vCPU is resumed: an event that may be delivered enters the server, or rewinds its exit path.
    /// The thread's registers are the CPU's already.
    void deliver_events();

    /// Enters the server's handler for an exception, as the gate would. False: none is registered.
    bool deliver_exception(Word vector, Word error_code, Word fault_address);

    bool has_syscall_entry() const;
    /// A 32-bit syscall of the client. False: no entry is registered.
    bool deliver_syscall32();

    /// The gate could not push its frame: a double fault on the spare stack, or the end.
    void deliver_double_fault(Word failed_address);

    // What the CPU gets when this vCPU is switched to.
    Word gdt_entry(unsigned index) const { return gdt_[index - first_gdt_entry]; }
    Word debug_address(unsigned n) const { return debug_address_[n]; }
    std::uint32_t tsc_aux() const { return thread_.processor.tsc_aux; }
    Word debug_control() const { return debug_control_; }

    static constexpr unsigned first_gdt_entry = 12;

private:
    bool is_in_exit_section() const;
    void rewind_exit_section();
    bool enter(Word entry, Word stack, bool with_error_code, Word error_code, bool is_event);
    bool events_enabled() const;

    static constexpr unsigned gdt_entry_count = 4;

    Tcb& thread_;
    l4_vcpu& page_;
    VirtAddr page_address_;
    PhysAddr window_;
    Word root_{0};
    Word entries_{0};
    ThreadTimeout deadline_{thread_, ThreadTimeout::Meaning::vcpu_deadline};
    Word doorbell_[L4_EVENT_COUNT]{};
    Word gdt_[gdt_entry_count]{};
    Word debug_address_[4]{};
    Word debug_control_{0};
    ClientUnmapCall unmap_call_{0, 0, 0, Rights::none()};
};

/// An empty message to a vCPU from a partner that it named sets an event and is done; true if it was one.
bool ring_doorbell(Tcb& sender, Tcb& receiver);

/// The calls of a vCPU (docs/abi/vcpu.md, 'Calls'). False: the thread is none.
void vcpu_system_call(Tcb& caller);

} // namespace pecan
