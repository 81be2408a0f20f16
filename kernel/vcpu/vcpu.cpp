// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/vcpu/vcpu.hpp"

#include "kernel/arch/x86/cpu_local.hpp"
#include "kernel/arch/x86/gate/gate_pages.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/processor_switch.hpp"
#include "kernel/ipc/exception_message.hpp"
#include "kernel/ipc/message.hpp"
#include "kernel/ipc/outcome.hpp"
#include "kernel/space/user_memory.hpp"
#include "kernel/vcpu/descriptor.hpp"

namespace pecan {

namespace {

constexpr Word entry_flags = 0x202;
constexpr Word interrupt_flag = 0x200;

/// The server writes its page while we look: one read per decision.
template <typename T>
T read_once(T const& field)
{
    return *const_cast<T const volatile*>(&field);
}

} // namespace

void Vcpu::post_event(unsigned event)
{
    page_.events |= Word{1} << event;
    page_.pending = 1;
    if (thread_.state == State::waiting_event) {
        page_.irq_enabled = 1;
        wake(thread_);
    }
}

void Vcpu::arm_deadline()
{
    TimeoutQueue& queue = this_cpu().timeouts;
    Tsc const due{read_once(page_.deadline)};
    if (due.ticks == 0 || (deadline_.is_armed() && deadline_.due() <= due)) return;
    queue.cancel(deadline_);
    queue.arm(deadline_, due);
}

void Vcpu::deadline_fired(Tsc now)
{
    Word const due = read_once(page_.deadline);
    if (due == 0) return;
    if (due > now.ticks) {
        arm_deadline();
        return;
    }
    page_.deadline = 0;
    post_event(L4_EVENT_TIMER);
}

void Vcpu::wait()
{
    page_.irq_enabled = 1;
    if (read_once(page_.pending) != 0) return;
    thread_.state = State::waiting_event;
}

bool Vcpu::set_doorbell(ThreadId partner, Word event)
{
    bool const forget = event == ~Word{0};
    if (!partner.is_global() || (!forget && (event == L4_EVENT_TIMER || event >= L4_EVENT_COUNT))) return false;
    for (Word& known : doorbell_)
        if (known == partner.raw()) known = L4_NILTHREAD;
    if (!forget) doorbell_[event] = partner.raw();
    return true;
}

unsigned Vcpu::doorbell_event(ThreadId partner) const
{
    for (unsigned event = 1; event < L4_EVENT_COUNT; ++event)
        if (doorbell_[event] == partner.raw()) return event;
    return 0;
}

bool Vcpu::set_register(Word what, Word value)
{
    if (what >= L4_SET_GDT(first_gdt_entry) && what < L4_SET_GDT(first_gdt_entry + gdt_entry_count)) {
        if (!is_allowed_descriptor(value)) return false;
        gdt_[what - first_gdt_entry] = with_accessed_bit(value);
    } else if (what < L4_SET_DR(4) && what >= L4_SET_DR(0)) {
        if (value >= L4_CLIENT_AREA_END) return false;
        debug_address_[what - L4_SET_DR(0)] = value;
    } else if (what == L4_SET_DR(6)) {
        page_.dr6 = value;
    } else if (what == L4_SET_DR(7)) {
        if (!is_allowed_debug_control(value)) return false;
        debug_control_ = value;
    } else if (what == L4_SET_TSC_AUX && value >> 32 == 0) {
        thread_.processor.tsc_aux = static_cast<std::uint32_t>(value);
    } else {
        return false;
    }
    // What belongs to the CPU is loaded when a thread is switched to.
    if (this_cpu().on_processor == &thread_) load_vcpu_registers(*this);
    return true;
}

bool Vcpu::is_in_exit_section() const
{
    Word const rip = thread_.frame.rip;
    return thread_.frame.cpl() == 1 && rip >= read_once(page_.exit_start) && rip < read_once(page_.exit_end);
}

void Vcpu::rewind_exit_section()
{
    if (thread_.frame.rip == read_once(page_.exit_iret)) thread_.frame.rsp -= read_once(page_.exit_delta);
    set_user_ip(thread_, read_once(page_.exit_start));
    Word const base = read_once(page_.server_gs_base);
    if (x86::is_canonical(base)) x86::write_gs_base(base);
    page_.irq_enabled = 0;
    unmap_call_.is_counted = false;
}

bool Vcpu::events_enabled() const { return (read_once(page_.irq_enabled) & 1) != 0; }

/// Pushes the interrupted state as the CPU would and goes on at `entry`. False: nothing was changed but memory
/// of the server.
bool Vcpu::enter(Word entry, Word stack, bool with_error_code, Word error_code, bool is_event)
{
    TrapFrame& frame = thread_.frame;
    Word const base = read_once(page_.server_gs_base);
    bool const from_client = frame.cpl() == 3;
    Word const masked = frame.rflags & ~interrupt_flag;
    Word const image[] = {
        error_code,
        frame.rip,
        from_client ? frame.cs : frame.cs & ~Word{3},
        // An exception in the exit section finds events masked again, whatever the flag says by now.
        events_enabled() && (is_event || !is_in_exit_section()) ? masked | interrupt_flag : masked,
        frame.rsp,
        from_client ? frame.ss : frame.ss & ~Word{3},
    };
    unsigned const first = with_error_code ? 0 : 1;
    Word const bottom = align_down(stack, 16) - (6 - first) * sizeof(Word);
    if (bottom < L4_SERVER_AREA_START || bottom > stack || entry < L4_SERVER_AREA_START || !x86::is_canonical(base))
        return false;
    if (!write_user_words(*thread_.space, VirtAddr{bottom}, image + first, 6 - first)) return false;

    if (from_client) page_.client_gs_base = x86::read_gs_base();
    x86::write_gs_base(base);
    page_.irq_enabled = 0;
    // The gate counts faults at the entry that was loaded last; a call that was interrupted starts afresh.
    gate_scratch().entry = entry;
    unmap_call_.is_counted = false;
    frame.rip = entry;
    frame.cs = L4_SERVER_CS;
    frame.rflags = entry_flags;
    frame.rsp = bottom;
    frame.ss = L4_SERVER_SS;
    return true;
}

void Vcpu::deliver_events()
{
    if (read_once(page_.pending) == 0) return;
    if (is_in_exit_section()) {
        rewind_exit_section();
        return;
    }
    Word const entry = read_once(page_.entry_event);
    if (!events_enabled() || entry == 0) return;
    Word const stack = thread_.frame.cpl() == 3 ? read_once(page_.server_sp) : thread_.frame.rsp;
    if (!enter(entry, stack, false, 0, true)) deliver_double_fault(stack);
}

bool Vcpu::deliver_exception(Word vector, Word error_code, Word fault_address)
{
    if (vector >= L4_VCPU_VECTORS) return false;
    Word const entry = read_once(page_.entry[vector]);
    if (entry == 0) return false;
    Word const stack = thread_.frame.cpl() == 3 ? read_once(page_.server_sp) : thread_.frame.rsp;
    if (!enter(entry, stack, (VECTORS_WITH_ERROR_CODE >> vector & 1) != 0, error_code, false))
        deliver_double_fault(stack);
    else if (vector == vectors::page_fault)
        page_.cr2 = fault_address;
    return true;
}

bool Vcpu::has_syscall_entry() const { return read_once(page_.entry_syscall) != 0; }

bool Vcpu::deliver_syscall32()
{
    Word const entry = read_once(page_.entry_syscall32);
    if (entry == 0) return false;
    Word const stack = read_once(page_.server_sp);
    if (!enter(entry, stack, false, 0, false)) deliver_double_fault(stack);
    return true;
}

void Vcpu::deliver_double_fault(Word failed_address)
{
    Word const entry = read_once(page_.entry[vectors::double_fault]);
    Word const stack = read_once(page_.spare_sp);
    if (entry != 0 && stack != 0 && enter(entry, stack, true, 0, false)) {
        page_.cr2 = failed_address;
        return;
    }
    send_exception(thread_, vectors::double_fault, 0);
}

bool ring_doorbell(Tcb& sender, Tcb& receiver)
{
    if (receiver.vcpu == nullptr) return false;
    MsgTag const tag = MessageRegisters{sender}.tag();
    if (tag.words() != 0) return false;
    unsigned const event = receiver.vcpu->doorbell_event(sender.id);
    if (event == 0) return false;
    receiver.vcpu->post_event(event);
    return true;
}

} // namespace pecan
