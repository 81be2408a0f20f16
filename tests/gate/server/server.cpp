// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gate/server/server.hpp"

namespace gate_test {

#define CASE(id, ending, name) void id(Word argument);
#include "tests/gate/cases.def"
#undef CASE

namespace {

using ScenarioFunction = void(Word);
ScenarioFunction* const scenarios[] = {
#define CASE(id, ending, name) id,
#include "tests/gate/cases.def"
#undef CASE
};

constexpr Word stack_size = 0x4000;
alignas(4096) unsigned char entry_stack[stack_size], spare_stack[stack_size], exit_stack[stack_size];
Word gs_area;
Fault last_fault;

Word end_of(unsigned char const (&stack)[stack_size]) { return reinterpret_cast<Word>(stack) + stack_size; }

l4_kip const& kip() { return *reinterpret_cast<l4_kip const*>(vcpu().kip); }

void copy_text(char const* text)
{
    unsigned i = 0;
    for (; text[i] != 0 && i + 1 < sizeof(Control::text); ++i) control().text[i] = text[i];
    control().text[i] = 0;
}

} // namespace

Events events;
bool exceptions_end_life = false;
Frame left_frame;

// ---- Calls ---------------------------------------------------------------------------------------------------------

Word vcpu_call(Word operation, Word rdi, Word rsi, Word rdx, Word r8, Word* second)
{
    register Word fourth asm("r8") = r8;
    asm volatile("call *%[stub]"
                 : "+a"(operation), "+d"(rdx)
                 : [stub] "r"(kip().vcpu_call), "D"(rdi), "S"(rsi), "r"(fourth)
                 : "rcx", "r11", "memory", "cc");
    if (second != nullptr) *second = rdx;
    return operation;
}

Word request(Request what, Word a, Word b)
{
    Word const root = control().root;
    Word const mr[] = {L4_TAG(what, 0, 2), a, b, 0};
    return send_receive(root, root, vcpu().utcb, kip().ipc, mr);
}

// ---- Verdicts ------------------------------------------------------------------------------------------------------

void passed()
{
    request(report_passed);
    for (;;) asm volatile("pause");
}

void fail(char const* what, Word wanted, Word seen)
{
    mask_events();
    copy_text(what);
    request(report_failed, wanted, seen);
    for (;;) asm volatile("pause");
}

void say(char const* text, Word number)
{
    copy_text(text);
    request(note, number);
}

void expect_death(Word vector, Word error, Word rip)
{
    Control volatile& c = control();
    c.expected.is_page_fault = 0;
    c.expected.vector = vector;
    c.expected.error = error;
    c.expected.rip = rip;
}

void expect_page_fault(Word address, Word rip)
{
    Control volatile& c = control();
    c.expected.is_page_fault = 1;
    c.expected.address = address;
    c.expected.rip = rip;
}

// ---- Entries -------------------------------------------------------------------------------------------------------

Word entry_stack_top() { return end_of(entry_stack); }
Word spare_stack_top() { return end_of(spare_stack); }

void register_entries()
{
    l4_vcpu volatile& v = vcpu();
    v.server_gs_base = reinterpret_cast<Word>(&gs_area);
    v.server_sp = entry_stack_top();
    v.spare_sp = spare_stack_top();
    v.entry_syscall = reinterpret_cast<Word>(server_entry_syscall);
    v.entry_syscall32 = reinterpret_cast<Word>(server_entry_syscall32);
    v.exit_start = reinterpret_cast<Word>(exit_start);
    v.exit_end = reinterpret_cast<Word>(exit_end);
    v.exit_iret = reinterpret_cast<Word>(exit_iret);
    v.exit_delta = EXIT_DELTA;
    for (unsigned vector = 0; vector < L4_VCPU_VECTORS; ++vector) v.entry[vector] = entry_of(vector);
    v.entry_event = reinterpret_cast<Word>(server_entry_event);
    write_gs_base(v.server_gs_base);
}

void unregister_entries()
{
    l4_vcpu volatile& v = vcpu();
    v.irq_enabled = 0;
    for (Word volatile* field : {&v.entry_syscall, &v.entry_syscall32, &v.entry_event, &v.spare_sp}) *field = 0;
    for (unsigned vector = 0; vector < L4_VCPU_VECTORS; ++vector) v.entry[vector] = 0;
}

Fault attempt(void (*f)(Word, Word), Word a, Word b)
{
    last_fault.happened = false;
    attempt_call(f, a, b);
    return last_fault;
}

void take_events()
{
    vcpu().pending = 0;
    events.bits |= __atomic_exchange_n(&vcpu_page->events, 0, __ATOMIC_SEQ_CST);
}

void unmask_events()
{
    l4_vcpu volatile& v = vcpu();
    v.irq_enabled = 1;
    while (v.pending != 0) {
        v.irq_enabled = 0;
        take_events();
        v.irq_enabled = 1;
    }
}

// The assembly calls these.

/// An exit found something pending. RDI is no witness of what the section had loaded: its first instruction needs it.
extern "C" void events_at_exit(Frame* frame)
{
    constexpr Word rdi = 10;
    Word const* const wanted = &frame->r15;
    events.loaded = 0;
    for (Word i = 0; i < 15 && (i == rdi || registers_at_exit[i] == wanted[i]); ++i)
        if (i != rdi) ++events.loaded;
    ++events.at_exit;
    check_equal("the server's GS base where an exit meets an event", vcpu().server_gs_base, read_gs_base());
    take_events();
}

/// An exception or an event interrupted the server.
extern "C" void server_interrupted(Frame* frame)
{
    if (attempt_armed) {
        last_fault = {true, *frame, vcpu().cr2, vcpu().dr6};
        if (frame->vector == CAUSE_EVENT) take_events();
        frame->rip = reinterpret_cast<Word>(attempt_recover);
        frame->rsp = attempt_rsp;
        frame->rflags = 2 | (frame->rflags & 0x200);
    } else if (frame->vector == CAUSE_EVENT) {
        ++events.entries;
        events.last = *frame;
        take_events();
    } else if (exceptions_end_life) {
        passed();
    } else {
        control().results[0] = frame->vector;
        control().results[1] = frame->error;
        control().results[2] = vcpu().cr2;
        fail("an exception in the server that no test wants; vector, error and CR2 follow; seen: RIP", 0, frame->rip);
    }
    frame->cs = L4_SERVER_CS;
    frame->ss = L4_SERVER_SS;
}

extern "C" void client_was_left(Frame const* frame) { left_frame = *frame; }

// ---- Clients -------------------------------------------------------------------------------------------------------

Word map_pages(Word client, Word address, Word source, Word count, Word rights, Word log2size, Word generation)
{
    for (Word i = 0; i < count; ++i) vcpu().map[i] = (source + (i << log2size)) | rights;
    return vcpu_call(L4_VCPU_MAP, client, address, L4_MAP_COUNT(count, log2size), generation);
}

Client make_client(unsigned n)
{
    Client client{};
    client.number = vcpu_call(L4_VCPU_CREATE);
    check("a client is created", client.number > 0 && client.number < L4_CLIENT_MAX);
    Word const own = small_base + 0x100000 + n * 0x4000;
    client.data = own;
    for (Word page = own; page < own + 0x2000; page += 4096) *reinterpret_cast<Word volatile*>(page) = 0;
    Word const code = reinterpret_cast<Word>(client_code_start);
    Word const pages = (reinterpret_cast<Word>(client_code_end) - code) / 4096;
    check_equal("the code is mapped", pages, map_pages(client.number, CLIENT_CODE, code, pages, L4_MAP_R | L4_MAP_X));
    check_equal("the data is mapped", 1, map_pages(client.number, CLIENT_DATA, own, 1, L4_MAP_R | L4_MAP_W));
    check_equal("the stack is mapped", 1, map_pages(client.number, CLIENT_STACK, own + 0x1000, 1, L4_MAP_R | L4_MAP_W));
    return client;
}

Frame const& run(Client& client)
{
    check_equal("switch to the client", 0, vcpu_call(L4_VCPU_SWITCH, client.number));
    Frame* const at_exit = reinterpret_cast<Frame*>(end_of(exit_stack) - sizeof(Frame));
    for (;;) {
        *at_exit = client.frame;
        run_client_frame(at_exit);
        client.frame = left_frame;
        if (left_frame.vector != CAUSE_EVENT) return client.frame;
        take_events();
    }
}

Frame const& run_at(Client& client, void const* code)
{
    Frame& frame = client.frame;
    set_patterns(frame);
    frame.rip = in_client(code);
    frame.cs = L4_CLIENT_CS;
    frame.rflags = 0x202;
    frame.rsp = CLIENT_STACK_TOP - 64;
    frame.ss = L4_CLIENT_SS;
    return run(client);
}

void set_patterns(Frame& frame)
{
    Word* const registers = &frame.r15;
    for (Word i = 0; i < 15; ++i) registers[i] = 0x0101'0101'0101'0101 * (i + 1);
}

void check_patterns(Frame const& frame, bool with_syscall_registers)
{
    Word const* const registers = &frame.r15;
    for (Word i = 0; i < 15; ++i) {
        bool const is_syscall_register = &registers[i] == &frame.rcx || &registers[i] == &frame.r11;
        if (is_syscall_register && !with_syscall_registers) continue;
        check_equal("a general register is kept (order of Frame)", 0x0101'0101'0101'0101 * (i + 1), registers[i]);
    }
}

// ---- The start -----------------------------------------------------------------------------------------------------

extern "C" char image_end[], data_start[];

namespace {

/// What the pager gives by page faults is touched before there is a page-fault entry; the gate's pushes and the sources
/// of mappings need it present.
void touch_all()
{
    auto const touch = [](Word first, Word end, bool write) {
        for (Word page = first; page < end; page += 4096) {
            Word volatile& word = *reinterpret_cast<Word volatile*>(page);
            Word const value = word;
            if (write) word = value;
        }
    };
    touch(image_base, reinterpret_cast<Word>(data_start), false);
    touch(reinterpret_cast<Word>(data_start), reinterpret_cast<Word>(image_end), true);
    touch(small_base, small_base + 0x20000, true);
    touch(small_base + 0x100000, small_base + 0x140000, true);
    touch(large_base, large_base + 1, true);
}

} // namespace

/// Registers at the first instruction, as server_start pushed them: R15 first, RSP last.
Word const* initial_registers;

extern "C" [[noreturn]] void server_main(l4_vcpu* page, Word const* registers)
{
    vcpu_page = page;
    initial_registers = registers;
    touch_all();
    Word const scenario = control().scenario;
    scenarios[scenario](control().argument);
    passed();
}

} // namespace gate_test

extern "C" {
void* memcpy(void* to, void const* from, std::size_t size)
{
    auto* d = static_cast<unsigned char*>(to);
    auto const* s = static_cast<unsigned char const*>(from);
    for (std::size_t i = 0; i < size; ++i) const_cast<unsigned char volatile*>(d)[i] = s[i];
    return to;
}
void* memset(void* to, int value, std::size_t size)
{
    auto* d = static_cast<unsigned char volatile*>(to);
    for (std::size_t i = 0; i < size; ++i) d[i] = static_cast<unsigned char>(value);
    return to;
}
}
