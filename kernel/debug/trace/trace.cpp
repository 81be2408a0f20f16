// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/debug/trace/trace.hpp"

#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/memory/direct_map.hpp"

namespace pecan {

namespace {

static_assert(sizeof(l4_trace_header) <= L4_TRACE_FIRST_EVENT);
static_assert(L4_TRACE_FIRST_EVENT + L4_TRACE_CAPACITY * sizeof(l4_trace_event) <= L4_TRACE_SIZE);

constinit l4_trace_header* header = nullptr;
constinit l4_trace_event* ring = nullptr;
/// The buffer has a copy, which its readers could change.
constinit Word count = 0;

struct KindName {
    Word kind;
    char const *text, *a, *b;
};
/// What an event's words are, as a panic prints them.
constexpr KindName names[] = {
    {L4_TRACE_RUN, "runs", nullptr, nullptr},
    {L4_TRACE_IDLE, "idle", nullptr, nullptr},
    {L4_TRACE_SEND, "ipc", "to", "tag"},
    {L4_TRACE_RECEIVE, "ipc", "from", nullptr},
    {L4_TRACE_CALL, "call", "rdi", "rsi"},
    {L4_TRACE_FAULT, "page fault", "at", "ip"},
    {L4_TRACE_EXCEPTION, "exception", "error", "ip"},
    {L4_TRACE_INTERRUPT, "interrupt", nullptr, nullptr},
    {L4_TRACE_TIMER, "timer", nullptr, nullptr},
};

bool has_detail(Word kind) { return kind >= L4_TRACE_CALL && kind <= L4_TRACE_INTERRUPT; }

void print_event(Printer& out, l4_trace_event const& event, Word last_tsc)
{
    Word const kind = event.what & 0xff;
    Word const megahertz = header->khz / 1000;
    out("  -", Dec{megahertz != 0 ? (last_tsc - event.tsc) / megahertz : 0, 8}, " us  thread ",
        Hex{event.what >> 32, 5}, "  ");
    for (KindName const& name : names) {
        if (name.kind != kind) continue;
        out(name.text);
        if (has_detail(kind)) out(" ", Dec{event.what >> 8 & 0xff});
        if (name.a != nullptr) out(" ", name.a, " ", Hex{event.a});
        if (name.b != nullptr) out(" ", name.b, " ", Hex{event.b});
    }
    out("\n");
}

} // namespace

void start_trace(PhysAddr buffer)
{
    __builtin_memset(direct_map<unsigned char>(buffer), 0, L4_TRACE_SIZE);
    header = direct_map<l4_trace_header>(buffer);
    ring = direct_map<l4_trace_event>(buffer + L4_TRACE_FIRST_EVENT);
    *header = {.magic = L4_TRACE_MAGIC, .khz = 0, .capacity = L4_TRACE_CAPACITY, .count = 0};
}

void set_trace_frequency(Word khz) { header->khz = khz; }

void trace(Word kind, Tcb const* thread, Word detail, Word a, Word b)
{
    if (ring == nullptr) return;
    Word const number = thread != nullptr ? thread->id.number() : 0;
    ring[count % L4_TRACE_CAPACITY] = {x86::read_tsc(), number << 32 | (detail & 0xff) << 8 | kind, a, b};
    header->count = ++count;
}

void trace_trap(Tcb const& thread, Word fault_address)
{
    TrapFrame const& frame = thread.frame;
    Word const stub = (frame.rip - STUB_PAGE) / STUB_SIZE;
    if (frame.vector == vectors::page_fault)
        trace(L4_TRACE_FAULT, &thread, frame.error, fault_address, frame.rip);
    else if (frame.vector != VECTOR_SYSCALL)
        trace(L4_TRACE_EXCEPTION, &thread, frame.vector, frame.error, frame.rip);
    else if (stub != STUB_IPC && stub != STUB_LIPC)
        trace(L4_TRACE_CALL, &thread, stub, frame.rdi, frame.rsi);
    else if (frame.rsi != L4_NILTHREAD)
        trace(L4_TRACE_SEND, &thread, 0, frame.rsi, frame.r9);
    else
        trace(L4_TRACE_RECEIVE, &thread, 0, frame.rdx, 0);
}

void print_trace(Printer& out)
{
    constexpr Word shown = 32;
    if (count == 0) return;
    Word const first = count > shown ? count - shown : 0;
    Word const last_tsc = ring[(count - 1) % L4_TRACE_CAPACITY].tsc;
    out("  trace, the latest last:\n");
    for (Word n = first; n < count; ++n) print_event(out, ring[n % L4_TRACE_CAPACITY], last_tsc);
}

} // namespace pecan
