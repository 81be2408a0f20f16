// SPDX-License-Identifier: BSD-2-Clause
/// Entries into the server: what the frame and the machine look like, with and without registered entries.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern Word const* initial_registers;
extern "C" char client_syscall[], client_after_syscall[], client_ud2[], client_int_n[], client_read[], client_spin[];
extern "C" char client_syscall_then_int80[], client_set_bases[], client_syscall_32[], client_syscall_32_fault[],
    client_after_read[];

namespace {

/// What holds at every entry (docs/abi/vcpu.md, 'Entering the server').
void check_entry_state()
{
    check_equal("RFLAGS at the entry", 0x202 & ~Word{0x200}, entry_flags & ~Word{0x200});
    check_equal("the server's GS base at the entry", vcpu().server_gs_base, entry_gs_base);
    check_equal("events are masked at the entry", 0, entry_irq_enabled);
}

void check_client_frame(Frame const& f, Snippet const& s, char const* base_start)
{
    bool const is_there =
        s.fault >= reinterpret_cast<Word>(base_start) && s.fault < reinterpret_cast<Word>(client_code_end);
    check_equal(s.name, s.vector, f.vector);
    check_equal(s.name, s.error, f.error);
    check_equal(s.name, is_there ? in_client(reinterpret_cast<void const*>(s.fault)) : s.fault, f.rip);
    check_equal(s.name, L4_CLIENT_CS, f.cs);
    check_equal(s.name, L4_CLIENT_SS, f.ss);
    if (s.vector == 14) check_equal(s.name, s.address, vcpu().cr2);
}

void call_address(Word address, Word) { reinterpret_cast<void (*)()>(address)(); }

} // namespace

void start_state(Word)
{
    Word const* const r = initial_registers;
    for (Word i = 0; i < 17; ++i) {
        bool const is_rdi = i == 9, is_flags = i == 15, is_rsp = i == 16;
        if (!is_rdi && !is_flags && !is_rsp) check_equal("a register is 0 (as pushed from R15)", 0, r[i]);
    }
    check_equal("RDI is the vCPU page", L4_SERVER_VCPU_PAGE(0), r[9]);
    check_equal("RFLAGS", 0x202, r[15]);
    check_equal("RSP is that of the start message", stack_top, r[16]);
    check_equal("DS", 0, [] {
        Word v;
        asm volatile("mov %%ds, %0" : "=r"(v));
        return v;
    }());
    check_equal("CS", L4_SERVER_CS, [] {
        Word v;
        asm volatile("mov %%cs, %0" : "=r"(v));
        return v;
    }());
    check_equal("SS", L4_SERVER_SS, [] {
        Word v;
        asm volatile("mov %%ss, %0" : "=r"(v));
        return v;
    }());

    l4_vcpu const& v = *vcpu_page;
    check("thread ID", v.thread_id != 0 && !L4_ID_IS_LOCAL(v.thread_id));
    check_equal("UTCB", L4_SERVER_UTCB_AREA + L4_UTCB_MR_OFFSET, v.utcb);
    check_equal("KIP", L4_SERVER_KIP, v.kip);
    check("TSC frequency", v.tsc_khz > 1000);
    check("TSC base", v.tsc_base < time_stamp());
    l4_vcpu copy = v;
    check("entries and memory", v.entries > 0 && v.kernel_memory > 0);
    copy.thread_id = copy.utcb = copy.kip = copy.tsc_khz = copy.tsc_base = copy.dr6 = 0;
    copy.entries = copy.kernel_memory = 0;
    for (Word i = 0; i < sizeof(copy) / 8; ++i)
        check_equal("the rest of the vCPU page", 0, reinterpret_cast<Word*>(&copy)[i]);
}

void syscall_frame(Word)
{
    register_entries();
    Client client = make_client(0);
    static constexpr Word flags[] = {0x202, 0x202 | 0x8d5, 0x202 | 0x400, 0x202 | 0x40000, 0x202 | 0x200000};
    for (Word const value : flags) {
        Frame& f = client.frame;
        set_patterns(f);
        f = Frame{f.r15,        f.r14, f.r13,  f.r12,       f.rbp, f.rbx, f.r11, f.r10, f.r9,
                  f.r8,         f.rdi, f.rsi,  f.rdx,       f.rcx, f.rax, 0,     0,     in_client(client_syscall),
                  L4_CLIENT_CS, value, 0x1234, L4_CLIENT_SS};
        run(client);
        check_entry_state();
        check_equal("cause", CAUSE_SYSCALL, f.vector);
        check_equal("RIP", in_client(client_after_syscall), f.rip);
        check_equal("CS", L4_CLIENT_CS, f.cs);
        check_equal("RFLAGS", value, f.rflags);
        check_equal("RSP", 0x1234, f.rsp);
        check_equal("SS", L4_CLIENT_SS, f.ss);
        check_equal("RCX", f.rip, f.rcx);
        check_equal("R11", value, f.r11);
        check_patterns(f, false);
        check_equal("the frame's place", entry_stack_top() - 40, entry_frame + EXIT_DELTA);
    }
}

void syscall32_frame(Word)
{
    register_entries();
    Client client = make_client(0);
    Frame& f = client.frame;
    set_patterns(f);
    f.rip = in_client(client_syscall_32);
    f.cs = L4_CLIENT_CS;
    f.rflags = 0x202;
    f.rsp = CLIENT_STACK_TOP - 64;
    f.ss = L4_CLIENT_SS;
    f.rsi = L4_CLIENT_CS32;
    run(client);
    // Intel CPUs have no SYSCALL in 32-bit code.
    if (f.vector == 6) return;
    check_entry_state();
    check_equal("cause", CAUSE_SYSCALL32, f.vector);
    check_equal("RIP", in_client(client_syscall_32_fault) + 2, f.rip);
    check_equal("CS", L4_CLIENT_CS32, f.cs);
    check_equal("SS", L4_CLIENT_SS, f.ss);
    check_equal("RAX", 0x11223344, f.rax);
}

void client_exceptions(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Snippet const* s = client_snippets; s != client_snippets_end; ++s) {
        Frame const& f = run_at(client, reinterpret_cast<void const*>(s->start));
        check_client_frame(f, *s, client_code_start);
        check_entry_state();
    }
}

void server_exceptions(Word)
{
    register_entries();
    for (Snippet const* s = server_snippets; s != server_snippets_end; ++s) {
        Fault const fault = attempt(call_address, s->start);
        check(s->name, fault.happened);
        check_entry_state();
        Frame const& f = fault.frame;
        check_equal(s->name, s->vector, f.vector);
        check_equal(s->name, s->error, f.error);
        check_equal(s->name, s->fault, f.rip);
        check_equal(s->name, L4_SERVER_CS & ~Word{3}, f.cs);
        check_equal(s->name, L4_SERVER_SS & ~Word{3}, f.ss);
        if (s->vector == 14) check_equal(s->name, s->address, fault.cr2);
    }
}

void int_n(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word n = 0; n < 256; ++n) {
        Frame const& f = run_at(client, client_int_n + 16 * n);
        bool const is_exception = n == 3 || n == 4;
        Word const start = in_client(client_int_n + 16 * n);
        check_equal("vector of int n", is_exception ? n : 13, f.vector);
        check_equal("RIP of int n", is_exception ? start + 2 : start, f.rip);
        // TCG forgets that long mode counts in selectors of 8 as well; 80h is the gate's own.
        if (!is_exception && f.error != 16 * n + 2) check_equal("error code of int n", 8 * n + 2, f.error);
    }
}

void stack_alignment(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word offset = 0; offset < 32; ++offset) {
        vcpu().server_sp = entry_stack_top() - offset;
        Word const bottom = ((entry_stack_top() - offset) & ~Word{15}) - 40;
        run_at(client, client_syscall);
        check_equal("frame of a syscall", bottom, entry_frame + EXIT_DELTA);
        run_at(client, client_ud2);
        check_equal("frame of an exception", bottom, entry_frame + EXIT_DELTA);
        check_equal("vector", 6, client.frame.vector);
        run_at(client, client_int_n); // int 0: with an error code
        check_equal("frame of an exception with error code", bottom - 8, entry_frame + EXIT_DELTA - 8);
        check_equal("vector", 13, client.frame.vector);

        Word const odd_stack = entry_stack_top() - 1024 - offset;
        Fault const fault = attempt(raise_ud2_on_stack, odd_stack);
        check_equal("frame of the server's exception", (odd_stack & ~Word{15}) - 40, entry_frame + EXIT_DELTA);
        check_equal("RSP of the server's exception", odd_stack, fault.frame.rsp);
    }
}

void frame_interrupt_flag(Word)
{
    register_entries();
    check_equal("server, masked", 0, attempt(raise_ud2).frame.rflags & 0x200);
    unmask_events();
    check_equal("server, unmasked", 0x200, attempt(raise_ud2).frame.rflags & 0x200);
    mask_events();
    Client client = make_client(0);
    check_equal("client, unmasked", 0x200, run_at(client, client_ud2).rflags & 0x200);
    client.frame.rip = in_client(client_ud2);
    client.frame.rflags = 2;
    check_equal("client, masked", 0, run(client).rflags & 0x200);
}

void client_bases(Word)
{
    register_entries();
    Client client = make_client(0);
    Frame& f = client.frame;
    set_patterns(f);
    f.rip = in_client(client_set_bases);
    f.cs = L4_CLIENT_CS;
    f.rflags = 0x202;
    f.rsp = CLIENT_STACK_TOP;
    f.ss = L4_CLIENT_SS;
    f.rdi = 0x123456789a;
    f.rsi = 0x7fffdeadb000;
    run(client);
    check_equal("the client's GS base in the vCPU page", 0x7fffdeadb000, vcpu().client_gs_base);
    check_equal("the server's GS base", vcpu().server_gs_base, read_gs_base());
    vcpu().client_gs_base = 0x7fff00001000;
    f.rdi = f.rsi = 0;
    run(client);
    check_equal("the client's FS base", 0x123456789a, f.rdi);
    check_equal("the client's new GS base", 0x7fff00001000, f.rsi);
}

// ---- Without entries -----------------------------------------------------------------------------------------------

void pager_hears_of_faults(Word argument)
{
    if (argument < 2) control().next = argument + 1;
    Word const address = no_page + 0x1238;
    if (argument == 0) {
        expect_page_fault(address, 0);
        (void)*reinterpret_cast<Word volatile*>(address);
    } else if (argument == 1) {
        expect_page_fault(address, 0);
        *reinterpret_cast<Word volatile*>(address) = 1;
    } else {
        expect_page_fault(address, address);
        call_address(address, 0);
    }
}

void pager_repairs(Word)
{
    Word const fresh = small_base + 0x80000;
    for (Word page = fresh; page < fresh + 0x20000; page += 4096) {
        check_equal("fresh memory is zero", 0, *reinterpret_cast<Word volatile*>(page));
        *reinterpret_cast<Word volatile*>(page) = page;
    }
    for (Word page = fresh; page < fresh + 0x20000; page += 4096)
        check_equal("what was written", page, *reinterpret_cast<Word volatile*>(page));
}

void handler_hears_of_exceptions(Word)
{
    Control volatile& c = control();
    c.expected.has_registers = 1;
    for (Word i = 0; i < 15; ++i) c.expected.registers[i] = 0x0101'0101'0101'0101 * (i + 1);
    c.expected.registers[15] = 0xdead0000;
    expect_death(6, 0, reinterpret_cast<Word>(raise_ud2_with_patterns_fault));
    raise_ud2_with_patterns(0xdead0000);
}

void handler_resumes(Word)
{
    Control volatile& c = control();
    c.resume_count = 2;
    c.resume_skip = 2;
    c.resume_rax = 0x1234567890;
    for (int i = 0; i < 2; ++i) {
        Word rax = 0;
        Word rbx = 0x5555;
        asm volatile("ud2" : "+a"(rax), "+b"(rbx));
        check_equal("RAX of the answer", 0x1234567890, rax);
        check_equal("RBX as it was", 0x5555, rbx);
    }
    check_equal("answers", 0, c.resume_count);
}

void client_exception_by_message(Word argument)
{
    register_entries();
    Client client = make_client(0);
    Word const count = static_cast<Word>(client_snippets_end - client_snippets);
    if (argument + 1 < count) control().next = argument + 1;
    Snippet const& s = client_snippets[argument];
    unregister_entries();
    Word const rip =
        s.fault >= reinterpret_cast<Word>(client_code_start) && s.fault < reinterpret_cast<Word>(client_code_end)
            ? in_client(reinterpret_cast<void const*>(s.fault))
            : s.fault;
    if (s.vector == 14)
        expect_page_fault(s.address, rip);
    else
        expect_death(s.vector, s.error, rip);
    run_at(client, reinterpret_cast<void const*>(s.start));
}

void client_syscall_by_message(Word)
{
    register_entries();
    Client client = make_client(0);
    vcpu().entry_syscall = 0;
    vcpu().entry[6] = 0;
    expect_death(6, 0, in_client(client_syscall));
    run_at(client, client_syscall);
}

void client_syscall_resumed(Word)
{
    register_entries();
    Client client = make_client(0);
    vcpu().entry_syscall = 0;
    // The exception entry is there: the syscall becomes its #UD, with the client's GS base intact.
    vcpu().client_gs_base = 0x7fff00001000;
    Frame const& f = run_at(client, client_syscall);
    check_equal("vector", 6, f.vector);
    check_equal("RIP", in_client(client_syscall), f.rip);
    check_equal("IF of the frame", 0x200, f.rflags & 0x200);
    check_equal("the client's GS base", 0x7fff00001000, vcpu().client_gs_base);

    // Without that too it is a message; the handler's answer goes on behind it.
    vcpu().entry[6] = 0;
    control().resume_count = 1;
    control().resume_skip = 2;
    control().resume_rax = 0x77;
    run_at(client, client_syscall_then_int80);
    check_equal("vector", 13, f.vector);
    check_equal("RAX of the answer", 0x77, f.rax);
    check_equal("RBX: the client's own GS base", 0x7fff00001000, f.rbx);
}

// ---- Stacks and entries that fail ----------------------------------------------------------------------------------

void double_fault_of_client(Word)
{
    register_entries();
    Client client = make_client(0);
    vcpu().client_gs_base = 0x7fff00002000;
    static constexpr Word stacks[] = {no_page + 0x1000, 0x1000, 0xffff800000001000, 0x0000900000000000};
    for (Word const stack : stacks) {
        vcpu().server_sp = stack;
        for (char const* const code : {client_syscall, client_ud2, client_int_n}) {
            Frame const& f = run_at(client, code);
            check_entry_state();
            check_equal("vector", 8, f.vector);
            check_equal("error code", 0, f.error);
            check_equal("RIP", in_client(code == client_syscall ? client_after_syscall : code), f.rip);
            check_equal("CS", L4_CLIENT_CS, f.cs);
            check_equal("RSP", CLIENT_STACK_TOP - 64, f.rsp);
            check_equal("IF", 0x200, f.rflags & 0x200);
            check_equal("the client's GS base", 0x7fff00002000, vcpu().client_gs_base);
            if (stack - vcpu().cr2 > 64) fail("address of the failed push", stack, vcpu().cr2);
            check_equal("on the spare stack", spare_stack_top() - 48, entry_frame + EXIT_DELTA - 8);
        }
    }
}

void double_fault_of_server(Word)
{
    register_entries();
    static constexpr Word stacks[] = {no_page + 0x1000, 0x1000, 0xffff800000001000, 0x0000900000000000, 0};
    for (Word const stack : stacks) {
        Fault const fault = attempt(raise_ud2_on_stack, stack);
        check_equal("vector", 8, fault.frame.vector);
        check_equal("RIP", reinterpret_cast<Word>(raise_ud2_on_stack_fault), fault.frame.rip);
        check_equal("RSP", stack, fault.frame.rsp);
        check_equal("CS", L4_SERVER_CS & ~Word{3}, fault.frame.cs);
    }
}

void double_fault_without_spare(Word)
{
    register_entries();
    vcpu().spare_sp = 0;
    expect_death(8, 0, reinterpret_cast<Word>(raise_ud2_on_stack_fault));
    raise_ud2_on_stack(0x1000, 0);
}

void double_fault_without_entry(Word argument)
{
    register_entries();
    if (argument == 0) {
        control().next = 1;
        vcpu().entry[8] = 0;
    } else {
        vcpu().spare_sp = no_page;
    }
    expect_death(8, 0, reinterpret_cast<Word>(raise_ud2_on_stack_fault));
    raise_ud2_on_stack(0x1000, 0);
}

void entry_absent(Word)
{
    register_entries();
    for (unsigned const vector : {6, 8, 14}) vcpu().entry[vector] = no_page;
    expect_death(8, 0, no_page);
    raise_ud2(0, 0);
}

void entries_absent_in_turn(Word)
{
    register_entries();
    vcpu().entry[14] = reinterpret_cast<Word>(raise_ud2);
    vcpu().entry[6] = no_page;
    vcpu().entry[8] = no_page;
    expect_death(8, 0, 0);
    raise_ud2(0, 0);
}

void entry_of_double_fault_absent(Word)
{
    register_entries();
    vcpu().entry[14] = no_page;
    vcpu().entry[8] = no_page + 0x100;
    expect_death(8, 0, 0);
    raise_ud2_on_stack(0x1000, 0);
}

void entry_not_canonical(Word argument)
{
    static constexpr Word entries[] = {0x800000000000, 0xffff7fffffffffff, 0x8000000000000000};
    if (argument < 2) control().next = argument + 1;
    register_entries();
    for (unsigned vector = 0; vector < L4_VCPU_VECTORS; ++vector) vcpu().entry[vector] = entries[argument];
    expect_death(8, 0, 0);
    raise_ud2(0, 0);
}

void gs_base_not_canonical(Word argument)
{
    register_entries();
    Client client = make_client(0);
    control().progress = argument;
    if (argument == 0) control().next = 1;
    if (argument > 1) return;
    vcpu().server_gs_base = 0x800000000000;
    if (argument == 0) {
        // A CPU refuses it at the entry; TCG's WRGSBASE takes it.
        attempt(raise_ud2);
    } else {
        run_at(client, client_syscall);
    }
}

} // namespace gate_test
