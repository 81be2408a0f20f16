// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/exception_message.hpp"

#include "kernel/api/msg_tag.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/space/space.hpp"
#include "kernel/thread/thread_table.hpp"

namespace pecan {

namespace {

/// MR1 to MR18 of an exception message; vector and error code follow.
constexpr Word TrapFrame::*exception_registers[] = {
    &TrapFrame::rip, &TrapFrame::rbx, &TrapFrame::r10, &TrapFrame::r12, &TrapFrame::r13, &TrapFrame::r14,
    &TrapFrame::r15, &TrapFrame::rax, &TrapFrame::rcx, &TrapFrame::rdx, &TrapFrame::rsi, &TrapFrame::rdi,
    &TrapFrame::rbp, &TrapFrame::r8,  &TrapFrame::r9,  &TrapFrame::r11, &TrapFrame::rsp, &TrapFrame::rflags,
};
constexpr unsigned exception_register_count = sizeof(exception_registers) / sizeof(exception_registers[0]);
constexpr Word exception_words = exception_register_count + 2;

/// CF, PF, AF, ZF, SF, OF: the flags that a handler may set.
constexpr Word user_settable_flags = 0x8d5;

Word read_tcr(Word const& register_in_utcb) { return *const_cast<Word const volatile*>(&register_in_utcb); }

} // namespace

ThreadId exception_handler(Tcb const& thread)
{
    return globalize(ThreadId{read_tcr(thread.utcb->exception_handler)}, thread);
}

void set_user_ip(Tcb& thread, Word ip)
{
    // IRETQ to an address that is not canonical faults in ring 0 on some processors. The first byte of the
    // kernel's hole is canonical and never open to a user, so the thread faults as it should.
    thread.frame.rip = x86::is_canonical(ip) ? ip : Word{0xffff800000000000};
}

void send_page_fault(Tcb& thread, Word address, Rights wanted)
{
    thread.kernel_message[0] = MsgTag::make(L4_LABEL_PAGE_FAULT(wanted.raw()), 0, 2).raw();
    thread.kernel_message[1] = address;
    thread.kernel_message[2] = thread.frame.rip;
    ipc_call_for(thread, ThreadId{read_tcr(thread.utcb->pager)}, IpcPurpose::page_fault);
}

void send_io_fault(Tcb& thread, std::uint16_t port, Word log2count)
{
    thread.kernel_message[0] = MsgTag::make(L4_LABEL_IO_FAULT, 0, 2).raw();
    thread.kernel_message[1] = L4_IO_FPAGE(port, log2count, L4_RIGHT_R | L4_RIGHT_W);
    thread.kernel_message[2] = thread.frame.rip;
    ipc_call_for(thread, ThreadId{read_tcr(thread.utcb->pager)}, IpcPurpose::io_fault);
}

void send_exception(Tcb& thread, Word vector, Word error_code)
{
    thread.kernel_message[0] = MsgTag::make(L4_LABEL_EXCEPTION, 0, exception_words).raw();
    for (unsigned i = 0; i < exception_register_count; ++i)
        thread.kernel_message[i + 1] = thread.frame.*exception_registers[i];
    thread.kernel_message[exception_register_count + 1] = vector;
    thread.kernel_message[exception_register_count + 2] = error_code;
    ipc_call_for(thread, exception_handler(thread), IpcPurpose::exception);
}

void load_exception_reply(Tcb& thread)
{
    Word const words = MsgTag{thread.kernel_message[0]}.untyped();
    for (unsigned i = 0; i < exception_register_count && i < words; ++i) {
        Word const value = thread.kernel_message[i + 1];
        Word TrapFrame::*const name = exception_registers[i];
        if (name == &TrapFrame::rip)
            set_user_ip(thread, value);
        else if (name == &TrapFrame::rflags)
            thread.frame.rflags = (thread.frame.rflags & ~user_settable_flags) | (value & user_settable_flags);
        else
            thread.frame.*name = value;
    }
}

} // namespace pecan
