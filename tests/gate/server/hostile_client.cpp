// SPDX-License-Identifier: BSD-2-Clause
/// A client that tries to become its server, or worse.
#include "kernel/arch/x86/gate/layout.hpp"
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_read[], client_write[], client_jump[], client_syscall[], client_after_syscall[], client_ud2[];
extern "C" char client_iret[], client_iret_fault[], client_lret[], client_lret_fault[], client_far_jump[],
    client_far_call[];
extern "C" char client_popf[], client_all_flags_syscall[], client_direction_syscall[], client_bad_stack_syscall[];
extern "C" char client_mov_ss_syscall[], client_mov_ss_int3[], client_mov_ss_int80[], client_last_syscall[];
extern "C" char client_syscall_32[], client_syscall_32_fault[], client_sysenter_32[], client_sysenter_32_fault[],
    client_int80_32[];
extern "C" char client_int80_32_fault[], client_ud2_32[], client_ud2_32_fault[], client_cli_32[], client_cli_32_fault[];

namespace {

constexpr Word slot_address(Word slot) { return slot << 39 | (slot >= 256 ? Word{0xffff} << 48 : 0); }

Frame const& run_with(Client& client, void const* code, Word rdi, Word rsi = 0)
{
    Frame& f = client.frame;
    set_patterns(f);
    f.rip = in_client(code);
    f.cs = L4_CLIENT_CS;
    f.rflags = 0x202;
    f.rsp = CLIENT_STACK_TOP - 64;
    f.ss = L4_CLIENT_SS;
    f.rdi = rdi;
    f.rsi = rsi;
    return run(client);
}

/// The client's page of data, as client and server see it.
constexpr Word data_offset = 0x400;
Word volatile* data_of(Client const& client) { return reinterpret_cast<Word volatile*>(client.data + data_offset); }
constexpr Word data_address = CLIENT_DATA + data_offset;

} // namespace

void client_reads_everywhere(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word slot = 0; slot < 512; ++slot) {
        for (Word const offset : {Word{0}, Word{0x200000}, Word{0x3ffffff000}}) {
            Word const address = slot_address(slot) + offset;
            control().results[0] = address;
            Frame const& f = run_with(client, client_read, address);
            check_equal("a read: vector (R[0]: address)", 14, f.vector);
            check_equal("a read: user bit", 4, f.error & ~Word{1});
            check_equal("a read: CR2", address, vcpu().cr2);
            run_with(client, client_write, address);
            check_equal("a write: vector", 14, f.vector);
            check_equal("a write: user bit", 6, f.error & ~Word{1});
        }
    }
    for (Word address = VCPU_WINDOW; address < GATE_BASE + 0x20000; address += 0x1000) {
        control().results[0] = address;
        check_equal("a read of the gate", 14, run_with(client, client_read, address).vector);
        check_equal("a write to the gate", 14, run_with(client, client_write, address).vector);
        check_equal("a jump into the gate", 14, run_with(client, client_jump, address).vector);
        check_equal("RIP of the jump", address, client.frame.rip);
    }
    for (Word const address : {image_base, large_base, small_base, Word{L4_SERVER_KIP}, Word{L4_SERVER_UTCB_AREA},
                               Word{L4_SERVER_VCPU_PAGE(0)}}) {
        check_equal("a read of the server", 5, run_with(client, client_read, address).error);
        check_equal("a write to the server", 7, run_with(client, client_write, address).error);
        check_equal("a jump into the server", 0x15, run_with(client, client_jump, address).error);
    }
}

void client_jumps_everywhere(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word slot = 0; slot < 512; ++slot) {
        Word const address = slot_address(slot);
        control().results[0] = address;
        Frame const& f = run_with(client, client_jump, address);
        check_equal("a jump: vector (R[0]: address)", 14, f.vector);
        check_equal("a jump: error code", 0x14, f.error & ~Word{1});
        check_equal("a jump: RIP", address, f.rip);
        check_equal("a jump: CS", L4_CLIENT_CS, f.cs);
    }
    // Every instruction of the gate: what it does about its own faults is not for others.
    for (Word address = GATE_TEXT; address < STUB_PAGE + 0x1000; ++address) {
        control().results[0] = address;
        Frame const& f = run_with(client, client_jump, address);
        check_equal("a jump into the gate: vector", 14, f.vector);
        check_equal("a jump into the gate: error code", 0x15, f.error);
        check_equal("a jump into the gate: RIP", address, f.rip);
        check_equal("a jump into the gate: CS", L4_CLIENT_CS, f.cs);
    }
}

void client_privileged_own(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Snippet const* s = client_privileged; s != client_privileged_end; ++s) {
        Frame const& f = run_at(client, reinterpret_cast<void const*>(s->start));
        check_vector(*s, f.vector);
        check_equal(s->name, s->error, f.error);
        check_equal(s->name, in_client(reinterpret_cast<void const*>(s->fault)), f.rip);
        check_equal(s->name, L4_CLIENT_CS, f.cs);
    }
}

void client_privileged_message(Word argument)
{
    register_entries();
    Client client = make_client(0);
    Word const count = static_cast<Word>(client_privileged_end - client_privileged);
    if (argument + 1 < count) control().next = argument + 1;
    Snippet const& s = client_privileged[argument];
    unregister_entries();
    expect_death(s.vector, s.error, in_client(reinterpret_cast<void const*>(s.fault)));
    control().expected.other_vector = s.other_vector;
    run_at(client, reinterpret_cast<void const*>(s.start));
}

void client_compatible(Word)
{
    register_entries();
    Client client = make_client(0);
    // TCG serves SYSCALL in 32-bit code on every model; Intel raises #UD.
    Frame const& f = run_with(client, client_syscall_32, 0, L4_CLIENT_CS32);
    check("syscall", f.vector == CAUSE_SYSCALL32 || f.vector == 6);
    check_equal("CS", L4_CLIENT_CS32, f.cs);
    if (f.vector == CAUSE_SYSCALL32) check_equal("RIP", in_client(client_syscall_32_fault) + 2, f.rip);
    run_with(client, client_sysenter_32, 0, L4_CLIENT_CS32);
    check_equal("sysenter", 13, f.vector);
    check_equal("CS", L4_CLIENT_CS32, f.cs);
    check_equal("RIP", in_client(client_sysenter_32_fault), f.rip);
    run_with(client, client_int80_32, 0, L4_CLIENT_CS32);
    check_equal("int 80h", 13, f.vector);
    check_equal("error code", 0x402, f.error);
    check_equal("RIP", in_client(client_int80_32_fault), f.rip);
    run_with(client, client_ud2_32, 0, L4_CLIENT_CS32);
    check_equal("ud2", 6, f.vector);
    run_with(client, client_cli_32, 0, L4_CLIENT_CS32);
    check_equal("cli", 13, f.vector);

    // The same in a segment of the server's making.
    check_equal("a code segment", 0, vcpu_call(L4_VCPU_SET, L4_SET_GDT(13), 0x00cffb000000ffff));
    run_with(client, client_syscall_32, 0, 0x6b);
    check("syscall", f.vector == CAUSE_SYSCALL32 || f.vector == 6);
    run_with(client, client_ud2_32, 0, 0x6b);
    check_equal("ud2", 6, f.vector);
    check_equal("CS", 0x6b, f.cs);

    // Without an entry for it: an invalid opcode.
    vcpu().entry_syscall32 = 0;
    run_with(client, client_syscall_32, 0, L4_CLIENT_CS32);
    check_equal("syscall without entry", 6, f.vector);
    check_equal("RIP", in_client(client_syscall_32_fault), f.rip);
    check_equal("a 64-bit syscall afterwards", CAUSE_SYSCALL, run_at(client, client_syscall).vector);
}

void client_compatible_message(Word)
{
    register_entries();
    Client client = make_client(0);
    unregister_entries();
    expect_death(6, 0, in_client(client_syscall_32_fault));
    run_with(client, client_syscall_32, 0, L4_CLIENT_CS32);
}

void client_selectors(Word)
{
    register_entries();
    Client client = make_client(0);
    Word volatile* const data = data_of(client);
    Word const rip = in_client(client_syscall);
    unsigned reached = 0;
    for (Word selector = 0; selector < 0x100; ++selector) {
        control().results[0] = selector;
        bool const is_code = selector == L4_CLIENT_CS || selector == L4_CLIENT_CS32;
        for (Word const ss : {Word{L4_CLIENT_SS}, Word{L4_SERVER_SS}, Word{KERNEL_SS}, Word{0}}) {
            data[0] = rip;
            data[1] = selector;
            data[2] = 0x3202 | 0x4000; // IOPL 3, NT
            data[3] = CLIENT_STACK_TOP;
            data[4] = ss;
            Frame const& f = run_with(client, client_iret, data_address);
            if (is_code && ss == L4_CLIENT_SS) {
                ++reached;
                check_equal("iretq to a client's segment", selector, f.cs);
                check_equal("IOPL", 0, f.rflags & 0x3000);
                continue;
            }
            check_equal("iretq: vector", 13, f.vector);
            check_equal("iretq: RIP", in_client(client_iret_fault), f.rip);
            check_equal("iretq: CS", L4_CLIENT_CS, f.cs);
        }
        data[0] = rip;
        data[1] = selector;
        data[2] = CLIENT_STACK_TOP;
        data[3] = L4_CLIENT_SS;
        Frame const& f = run_with(client, client_lret, data_address);
        check_equal("lretq: vector", is_code ? (selector == L4_CLIENT_CS ? CAUSE_SYSCALL : CAUSE_SYSCALL32) : 13,
                    f.vector);
        run_with(client, client_far_jump, data_address);
        // A jump sets RPL itself, a return does not.
        bool const is_target = selector >> 2 == L4_CLIENT_CS >> 2 || selector >> 2 == L4_CLIENT_CS32 >> 2;
        check("far jump", is_target || f.vector == 13);
        run_with(client, client_far_call, data_address);
        check("far call", is_target || f.vector == 13);
        check_equal("still ring 3", 3, f.cs & 3);
    }
    check_equal("the ways that are allowed", 2, reached);
}

void client_not_canonical(Word)
{
    register_entries();
    Client client = make_client(0);
    Word volatile* const data = data_of(client);
    for (Word const address :
         {Word{0x800000000000}, Word{0xffff7fffffffffff}, Word{0x8000000000000000}, Word{0x0123456789abcdef}}) {
        control().results[0] = address;
        Frame const& f = run_with(client, client_jump, address);
        check_equal("jump", 13, f.vector);
        check_equal("CS", L4_CLIENT_CS, f.cs);
        data[0] = address;
        data[1] = L4_CLIENT_CS;
        data[2] = 0x202;
        data[3] = CLIENT_STACK_TOP;
        data[4] = L4_CLIENT_SS;
        run_with(client, client_iret, data_address);
        check_equal("iretq", 13, f.vector);
        data[2] = CLIENT_STACK_TOP;
        data[3] = L4_CLIENT_SS;
        run_with(client, client_lret, data_address);
        check_equal("lretq", 13, f.vector);
        run_with(client, client_read, address);
        check_equal("read", 13, f.vector);
        // A stack there: the frame of its syscall holds it, and it comes back.
        run_with(client, client_bad_stack_syscall, address);
        check_equal("syscall", CAUSE_SYSCALL, f.vector);
        check_equal("RSP", address, f.rsp);
        client.frame.rip = in_client(client_syscall);
        run(client);
        check_equal("syscall again", CAUSE_SYSCALL, f.vector);
        check_equal("RSP", address, f.rsp);
    }
    // The handler of an exception there answers by a message: the plain way back, too, must take it.
    vcpu().entry[13] = 0;
    control().resume_count = 3;
    control().resume_skip = in_client(client_syscall) - 0x800000000000;
    Frame const& f = run_with(client, client_jump, 0x800000000000);
    check_equal("after the answer", CAUSE_SYSCALL, f.vector);
    // An answer that leaves RIP as it was: the client goes on where it faults, at an address that is one.
    control().resume_count = 1;
    control().resume_skip = 0;
    run_with(client, client_jump, 0x800000000000);
    check_equal("after the answer: vector", 14, f.vector);
    check_equal("after the answer: RIP", 0xffff800000000000, f.rip);
}

void client_flags(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word const flags : {Word{0}, Word{0x3000}, Word{0x3200}, Word{0x4000}, Word{0x20000}, Word{0x1a0000},
                             Word{0x40000}, Word{0x400}, ~Word{0x100}}) {
        Frame const& f = run_with(client, client_popf, flags);
        control().results[0] = flags;
        check_equal("cause", CAUSE_SYSCALL, f.vector);
        check_equal("IF of the client", 0x200, f.rax & 0x200);
        check_equal("IOPL of the client", 0, f.rax & 0x3000);
        check_equal("VM, VIF, VIP of the client", 0, f.rax & 0x1a0000);
        check_equal("RFLAGS in the server", 2, entry_flags & ~Word{0x200});
        check_equal("RFLAGS of the frame: IOPL, VM, VIF, VIP", 0, f.rflags & 0x1a3000);
    }
    // Every flag that POPF can set, at a syscall: TF is met on the way (a #DB in ring 3), or not; the server's flags are clean.
    Frame const& f = run_with(client, client_all_flags_syscall, 0);
    check("cause", f.vector == CAUSE_SYSCALL || f.vector == 1);
    check_equal("RFLAGS in the server", 2, entry_flags & ~Word{0x200});
    check_equal("CS", L4_CLIENT_CS, f.cs);
    // And resumed with them all.
    client.frame.rip = in_client(client_syscall);
    client.frame.rflags = 0x254ed5 | 0x3000;
    run(client);
    check("cause", f.vector == CAUSE_SYSCALL || f.vector == 1);
    check_equal("IOPL", 0, f.rflags & 0x3000);
    run_with(client, client_direction_syscall, 0);
    check_equal("DF in the server", 0, entry_flags & 0x400);
    check_equal("DF of the client", 0x400, f.rflags & 0x400);
}

void client_stacks(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word const stack :
         {Word{0}, Word{8}, Word{0x7fffffffffff}, Word{GATE_STACK_TOP}, Word{GATE_STACK_TOP - 8},
          Word{GATE_READ_ONLY + 0x800}, Word{GATE_IST + 0x400}, Word{CPU_LOCAL_BASE + 0x1000}, small_base + 0x8000,
          image_base, ~Word{0}, entry_stack_top(), spare_stack_top(), Word{L4_SERVER_VCPU_PAGE(0) + 0x800}}) {
        control().results[0] = stack;
        Frame const& f = run_with(client, client_bad_stack_syscall, stack);
        check_equal("syscall", CAUSE_SYSCALL, f.vector);
        check_equal("RSP", stack, f.rsp);
        check_equal("the frame's place", entry_stack_top() - 40, entry_frame + EXIT_DELTA);
        client.frame.rip = in_client(client_ud2);
        run(client);
        check_equal("exception", 6, f.vector);
        check_equal("RSP", stack, f.rsp);
    }
}

void client_last_page(Word)
{
    register_entries();
    Client client = make_client(0);
    // A SYSCALL whose end is the end of the client's half: RCX becomes the first address behind it.
    Word const page = small_base + 0x1f000;
    *reinterpret_cast<unsigned short volatile*>(page + 0xffe) = 0x050f;
    check_equal("map", 1, map_pages(client.number, L4_CLIENT_AREA_END - 0x1000, page, 1, L4_MAP_R | L4_MAP_X));
    Frame const& f = run_with(client, client_jump, L4_CLIENT_AREA_END - 2);
    check_equal("cause", CAUSE_SYSCALL, f.vector);
    check_equal("RIP", L4_CLIENT_AREA_END, f.rip);
    // Back to there: an absent page.
    run(client);
    check_equal("vector", 14, f.vector);
    check_equal("RIP", L4_CLIENT_AREA_END, f.rip);
}

void client_mov_ss(Word)
{
    register_entries();
    Client client = make_client(0);
    *data_of(client) = L4_CLIENT_SS;
    check_equal("DR0", 0, vcpu_call(L4_VCPU_SET, L4_SET_DR(0), data_address));
    check_equal("DR7: reads and writes of 2 bytes", 0, vcpu_call(L4_VCPU_SET, L4_SET_DR(7), 0x70001));
    for (int round = 0; round < 3; ++round) {
        // TCG reports the breakpoint in ring 3, before the next instruction; a CPU swallows it in ring 0 (or Linux's own
        // handler sees it there).
        Frame const& f = run_with(client, client_mov_ss_syscall, data_address);
        check("mov ss, syscall", f.vector == 1 || f.vector == CAUSE_SYSCALL);
        check_equal("CS", L4_CLIENT_CS, f.cs);
        check_equal("the server's GS base", vcpu().server_gs_base, entry_gs_base);
        check_equal("the frame's place", entry_stack_top() - 40, entry_frame + EXIT_DELTA);
        run_with(client, client_mov_ss_int3, data_address);
        check("mov ss, int3", f.vector == 1 || f.vector == 3);
        check_equal("CS", L4_CLIENT_CS, f.cs);
        run_with(client, client_mov_ss_int80, data_address);
        check("mov ss, int 80h", f.vector == 1 || f.vector == 13);
        client.frame.rflags |= 0x100;
        client.frame.rip = in_client(client_mov_ss_syscall);
        client.frame.rdi = data_address;
        run(client);
        check("mov ss, syscall with the trap flag", f.vector == 1 || f.vector == CAUSE_SYSCALL);
        check_equal("CS", L4_CLIENT_CS, f.cs);
    }
    // Breakpoints work on.
    Frame const& f = run_with(client, client_read, data_address);
    check_equal("a watched read", 1, f.vector);
}

void client_fault_loop(Word)
{
    register_entries();
    Client client = make_client(0);
    Word n = 0;
    for (;;) {
        run_with(client, n % 2 == 0 ? client_jump : client_read, slot_address(256 + n % 16));
        ++n;
    }
}

} // namespace gate_test
