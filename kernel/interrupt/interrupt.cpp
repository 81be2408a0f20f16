// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/interrupt/interrupt.hpp"

#include "kernel/arch/x86/io_apic.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/thread/create.hpp"
#include "kernel/thread/thread_table.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

struct Line {
    Tcb* thread;
    ThreadId handler{ThreadId::nil()};
};

constinit Line lines[system_base]{};
constinit unsigned line_count = 0;

void detach(unsigned line)
{
    io_apic_mask(line);
    lines[line].handler = ThreadId::nil();
    ipc_withdraw(*lines[line].thread);
    lines[line].thread->state = State::idle_interrupt;
}

} // namespace

void create_interrupt_threads(unsigned count)
{
    line_count = count < system_base ? count : static_cast<unsigned>(system_base);
    for (unsigned line = 0; line < line_count; ++line) {
        lines[line].thread = &create_kernel_thread(ThreadId::global(line, 1));
        lines[line].thread->state = State::idle_interrupt;
    }
}

bool is_interrupt_thread(Word number)
{
    constexpr Word cascade = 2;
    return number < line_count && number != cascade;
}

bool is_associated_interrupt(Word number) { return number < line_count && !lines[number].handler.is_nil(); }

Result<Ok, Error> associate_interrupt(Tcb& interrupt_thread, ThreadId handler)
{
    unsigned const line = static_cast<unsigned>(interrupt_thread.id.number());
    if (handler == interrupt_thread.id) {
        detach(line);
        return Ok{};
    }
    if (find_thread(handler) == nullptr) return Error::invalid_thread;
    detach(line);
    lines[line].handler = handler;
    io_apic_unmask(line);
    return Ok{};
}

void interrupt_fired(unsigned line)
{
    if (line >= line_count) return;
    // Masked until it is answered: a level-triggered line would fire again at once.
    io_apic_mask(line);
    Tcb& thread = *lines[line].thread;
    if (lines[line].handler.is_nil() || thread.state != State::idle_interrupt) return;
    ipc_send_interrupt(thread, lines[line].handler);
}

void interrupt_acknowledged(Tcb& interrupt_thread)
{
    unsigned const line = static_cast<unsigned>(interrupt_thread.id.number());
    if (!lines[line].handler.is_nil()) io_apic_unmask(line);
}

void forget_interrupt_handler(ThreadId handler)
{
    for (unsigned line = 0; line < line_count; ++line)
        if (lines[line].handler == handler) detach(line);
}

} // namespace pecan
