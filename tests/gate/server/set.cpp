// SPDX-License-Identifier: BSD-2-Clause
/// What a server may set of its processor's registers, and ports.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_set_fs[], client_get_fs[], client_spin[], client_rdtscp[], client_write[], client_read[],
    client_syscall[];
extern "C" char client_after_syscall[], client_after_read[];
extern "C" void server_write(Word, Word), port_in(Word, Word), port_out(Word, Word);

namespace {

constexpr Word invalid = failed(L4_VCPU_EINVAL);

Word set(Word what, Word value) { return vcpu_call(L4_VCPU_SET, what, value); }

/// A segment descriptor with limit fffff in pages.
constexpr Word descriptor(Word base, Word access, Word flags)
{
    return 0xffff | (base & 0xffffff) << 16 | access << 40 | Word{0xf} << 48 | flags << 52 | (base >> 24 & 0xff) << 56;
}
constexpr Word data32 = 0xc, code64 = 0xa, segment16 = 0x8;

void start_at(Client& client, void const* code, Word rdi, Word rsi = 0)
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
}

/// Lets the client spin for a while, so that the other threads have the processor in between.
void let_others_run(Client& client)
{
    Frame const saved = client.frame;
    start_at(client, client_spin, 0);
    vcpu().deadline = time_stamp() + microseconds(30000);
    vcpu_call(L4_VCPU_TIMER);
    vcpu().entry_event = reinterpret_cast<Word>(server_entry_syscall);
    run(client);
    vcpu().entry_event = reinterpret_cast<Word>(server_entry_event);
    take_events();
    client.frame = saved;
}

} // namespace

void set_descriptors(Word)
{
    register_entries();
    Client client = make_client(0);
    constexpr Word base = 0x12345000;
    constexpr Word good = descriptor(base, 0xf2, data32);
    struct {
        char const* name;
        Word value;
    } static constexpr refused[] = {
        {"DPL 0", descriptor(base, 0x92, data32)},
        {"DPL 1", descriptor(base, 0xb2, data32)},
        {"DPL 2", descriptor(base, 0xd2, data32)},
        {"not present", descriptor(base, 0x72, data32)},
        {"a system segment", descriptor(base, 0xe2, data32)},
        {"a task state segment", descriptor(base, 0xe9, 0)},
        {"a call gate", descriptor(base, 0xec, 0)},
        {"an interrupt gate", descriptor(base, 0xee, 0)},
        {"64-bit code", descriptor(base, 0xfa, code64)},
        {"64-bit code, conforming", descriptor(base, 0xfe, code64)},
        {"64-bit and 32-bit code", descriptor(base, 0xfa, 0xe)},
        {"conforming code", descriptor(base, 0xfe, data32)},
        {"a 16-bit segment", descriptor(base, 0xf2, segment16)},
        {"data with the long bit", descriptor(base, 0xf2, 0xe)},
    };
    for (Word index = 12; index < 16; ++index) {
        check_equal("good data", 0, set(L4_SET_GDT(index), good));
        check_equal("good code", 0, set(L4_SET_GDT(index), descriptor(base, 0xfa, data32)));
        for (auto const& it : refused) check_equal(it.name, invalid, set(L4_SET_GDT(index), it.value));
        check_equal("nothing", 0, set(L4_SET_GDT(index), 0));
    }
    for (Word const index :
         {Word{0}, Word{1}, Word{2}, Word{11}, Word{16}, Word{17}, Word{18}, Word{19}, Word{1} << 32})
        check_equal("an entry that is not the server's", invalid, set(L4_SET_GDT(index), good));

    // The client uses it, and finds it again after others have had the processor.
    start_at(client, client_set_fs, 0x63);
    check_equal("an empty entry", 13, run(client).vector);
    check_equal("set", 0, set(L4_SET_GDT(12), good));
    start_at(client, client_set_fs, 0x63);
    check_equal("loaded", CAUSE_SYSCALL, run(client).vector);
    check_equal("its base", base, client.frame.rax);
    let_others_run(client);
    start_at(client, client_get_fs, 0);
    run(client);
    check_equal("FS later", 0x63, client.frame.rax & 0xffff);
    check_equal("its base later", base, client.frame.rdi);
    start_at(client, client_set_fs, 0x63);
    check_equal("loaded again", CAUSE_SYSCALL, run(client).vector);
    check_equal("its base", base, client.frame.rax);
    // The descriptor goes while a selector is loaded: the kernel must not stumble when it switches.
    check_equal("set", 0, set(L4_SET_GDT(12), 0));
    let_others_run(client);
    start_at(client, client_set_fs, 0x63);
    check_equal("the entry is empty", 13, run(client).vector);
}

void set_breakpoints(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word n = 0; n < 4; ++n) {
        for (Word const bad : {L4_CLIENT_AREA_END, Word{0x7fffffffffff}, Word{0x800000000000}, Word{0xffff807fffe00000},
                               image_base, ~Word{0}})
            check_equal("an address of the server", invalid, set(L4_SET_DR(n), bad));
        check_equal("an address of a client", 0, set(L4_SET_DR(n), CLIENT_DATA));
    }
    check_equal("DR4", invalid, set(L4_SET_DR(4), 0));
    check_equal("DR5", invalid, set(L4_SET_DR(5), 0));
    check_equal("general detect", invalid, set(L4_SET_DR(7), 0x2000));
    check_equal("an I/O breakpoint", invalid, set(L4_SET_DR(7), 0x20001));
    check_equal("an I/O breakpoint that is off", invalid, set(L4_SET_DR(7), 0x20000000));
    check_equal("high bits", invalid, set(L4_SET_DR(7), Word{1} << 32));

    // A write of 8 bytes at DR0.
    constexpr Word write8_dr0 = 0x90001, execute_dr1 = 4;
    check_equal("DR7", 0, set(L4_SET_DR(7), write8_dr0));
    start_at(client, client_write, CLIENT_DATA, 7);
    Frame const& f = run(client);
    check_equal("a watched write", 1, f.vector);
    check_equal("RIP behind it", in_client(client_write) + 3, f.rip);
    check_equal("DR6", 0xffff0ff1, vcpu().dr6);
    check_equal("the write was done", 7, *reinterpret_cast<Word volatile*>(client.data));
    start_at(client, client_read, CLIENT_DATA);
    check_equal("a read is not watched", CAUSE_SYSCALL, run(client).vector);
    let_others_run(client);
    start_at(client, client_write, CLIENT_DATA, 8);
    check_equal("watched after others ran", 1, run(client).vector);

    // The server itself meets it when it writes for its client.
    Fault const fault = attempt(server_write, CLIENT_DATA, 9);
    check_equal("a watched write of the server", 1, fault.frame.vector);
    check_equal("CS", L4_SERVER_CS & ~Word{3}, fault.frame.cs);
    check_equal("DR6", 0xffff0ff1, fault.dr6);

    // Execution at DR1.
    check_equal("DR1", 0, set(L4_SET_DR(1), in_client(client_after_read)));
    check_equal("DR7", 0, set(L4_SET_DR(7), execute_dr1));
    start_at(client, client_read, CLIENT_DATA + 64);
    run(client);
    check_equal("a breakpoint", 1, f.vector);
    check_equal("RIP at it", in_client(client_after_read), f.rip);
    check_equal("DR6", 0xffff0ff2, vcpu().dr6);
    client.frame.rflags |= 0x10000; // RF
    check_equal("with RF it goes on", CAUSE_SYSCALL, run(client).vector);
    check_equal("off", 0, set(L4_SET_DR(7), 0));
    start_at(client, client_read, CLIENT_DATA + 64);
    check_equal("no breakpoint", CAUSE_SYSCALL, run(client).vector);

    // Single steps tell DR6.BS, each.
    start_at(client, client_read, CLIENT_DATA + 64);
    client.frame.rflags |= 0x100;
    run(client);
    check_equal("a single step", 1, f.vector);
    check_equal("RIP", in_client(client_after_read), f.rip);
    // (The bits of breakpoints that are off may be set, too.)
    check_equal("DR6", 0xffff4ff0, vcpu().dr6 & ~Word{15});
}

void set_tsc_aux(Word)
{
    register_entries();
    Client client = make_client(0);
    check_equal("33 bits", invalid, set(L4_SET_TSC_AUX, Word{1} << 32));
    for (Word const value : {Word{0x123}, Word{0xffffffff}, Word{0}, Word{0x1005}}) {
        check_equal("set", 0, set(L4_SET_TSC_AUX, value));
        start_at(client, client_rdtscp, 0);
        check_equal("rdtscp", value, run(client).rdi);
        let_others_run(client);
        start_at(client, client_rdtscp, 0);
        check_equal("rdtscp later", value, run(client).rdi);
    }
    check_equal("what no register is", invalid, set(0x201, 0));
    check_equal("what no register is", invalid, set(~Word{0}, 0));
}

void ports(Word)
{
    register_entries();
    constexpr Word scratch_register = 0x3ff; // of COM1
    constexpr Word no_access = failed(L4_VCPU_EACCESS);
    check_equal("read, not held", no_access, vcpu_call(L4_VCPU_PORT, scratch_register, 1));
    check_equal("write, not held", no_access, vcpu_call(L4_VCPU_PORT, scratch_register, 0x101, 1));
    // The answer brings the port; there is no window for it yet, then there is.
    auto* const utcb = reinterpret_cast<l4_utcb*>(vcpu().utcb - L4_UTCB_MR_OFFSET);
    utcb->br_descending[L4_BR_COUNT - 1] = L4_COMPLETE_SPACE;
    request(give_port, scratch_register);
    utcb->br_descending[L4_BR_COUNT - 1] = 0;
    check_equal("write", 0, vcpu_call(L4_VCPU_PORT, scratch_register, 0x101, 0x5a));
    check_equal("read", 0x5a, vcpu_call(L4_VCPU_PORT, scratch_register, 1));
    check_equal("two ports of which one is held", no_access, vcpu_call(L4_VCPU_PORT, scratch_register - 1, 2));
    check_equal("two ports of which one is held", no_access, vcpu_call(L4_VCPU_PORT, scratch_register, 2));
    for (Word const size : {Word{0}, Word{3}, Word{8}, Word{0x201}, ~Word{0}})
        check_equal("size", invalid, vcpu_call(L4_VCPU_PORT, scratch_register, size));
    for (Word const port : {Word{0x10000}, Word{0x103ff}, Word{1} << 32 | 0x3ff, ~Word{0}})
        check_equal("port", invalid, vcpu_call(L4_VCPU_PORT, port, 1));
    check_equal("the last one and its neighbour", invalid, vcpu_call(L4_VCPU_PORT, 0xffff, 2));
    // Held or not: IN and OUT themselves are exceptions.
    check_equal("in", 13, attempt(port_in, scratch_register, 1).frame.vector);
    check_equal("out", 13, attempt(port_out, scratch_register).frame.vector);
}

} // namespace gate_test
