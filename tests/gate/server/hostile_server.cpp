// SPDX-License-Identifier: BSD-2-Clause
/// A server that tries to leave its prison.
#include "kernel/arch/x86/gate/layout.hpp"
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_syscall[], client_ud2[], client_spin_a_while[], client_after_syscall[], client_int_n[];
extern "C" Word rewind_count;

extern "C" void server_read(Word, Word), server_write(Word, Word), server_jump(Word, Word), server_iret(Word, Word),
    server_lret(Word, Word), server_far_jump(Word, Word), server_far_call(Word, Word), server_load_ss(Word, Word),
    server_load_ds(Word, Word), server_load_fs(Word, Word), loop_in_page_faults(Word, Word),
    loop_in_exceptions(Word, Word), loop_quietly(Word, Word), count_rewinds(Word, Word), call_stub(Word, Word),
    port_in(Word, Word), port_out(Word, Word);

namespace {

constexpr Word invalid = failed(L4_VCPU_EINVAL);

/// Lower half: 0 to 255; upper half: sign-extended.
constexpr Word slot_address(Word slot) { return slot << 39 | (slot >= 256 ? Word{0xffff} << 48 : 0); }

void call_address(Word address, Word) { reinterpret_cast<void (*)()>(address)(); }

/// Stack pointers that no frame may go to. All are outside of what is mapped writable in the server's area.
struct StackList {
    Word list[160];
    unsigned count = 0;
    void add(Word value)
    {
        if (count < sizeof(list) / sizeof(list[0])) list[count++] = value;
    }
    StackList()
    {
        constexpr Word pages[] = {VCPU_WINDOW_PAGE,
                                  VCPU_WINDOW_CR3_TABLE,
                                  VCPU_WINDOW_CR3_TABLE + 0x1000,
                                  VCPU_WINDOW_CR3_TABLE + 0x2000,
                                  VCPU_WINDOW_CR3_TABLE + 0x3000,
                                  GATE_TEXT,
                                  GATE_TEXT + 0x1000,
                                  STUB_PAGE,
                                  GATE_READ_ONLY,
                                  GATE_IDT,
                                  GATE_SCRATCH,
                                  GATE_IST,
                                  GATE_IST + 0x1000,
                                  KERNEL_BASE,
                                  CPU_LOCAL_BASE,
                                  DIRECT_MAP_BASE};
        for (Word const page : pages)
            for (Word const offset : {Word{0}, Word{0x28}, Word{0x30}, Word{0x7f8}, Word{0x1000}}) add(page + offset);
        constexpr Word edges[] = {0, 0x800000000000, 0xffff800000000000, L4_SERVER_AREA_START};
        for (Word const edge : edges)
            for (Word const offset : {Word{0}, Word{8}, Word{0x10}, Word{0x1f}, Word{0x20}, Word{0x28}, Word{0x30},
                                      Word{0x38}, -Word{8}, -Word{0x10}})
                add(edge + offset);
        for (Word const other :
             {no_page, no_page + 8, Word{L4_SERVER_KIP + 0x800}, Word{CLIENT_STACK_TOP}, Word{CLIENT_DATA + 0x800},
              Word{0x7ffffffff000}, Word{0x8000000000000000}, Word{0xfffe800000000000}})
            add(other);
    }
};
StackList const& stacks()
{
    alignas(StackList) static unsigned char storage[sizeof(StackList)];
    static StackList* list = nullptr;
    if (list == nullptr) list = ::new (storage) StackList;
    return *list;
}

Word sum_of_read_only_pages()
{
    Word sum = 0;
    for (Word const page : {Word{VCPU_WINDOW_CR3_TABLE}, Word{VCPU_WINDOW_CR3_TABLE + 0x1000},
                            Word{VCPU_WINDOW_CR3_TABLE + 0x2000}, Word{VCPU_WINDOW_CR3_TABLE + 0x3000}, Word{GATE_TEXT},
                            Word{GATE_TEXT + 0x1000}, Word{STUB_PAGE}, Word{GATE_READ_ONLY}, Word{GATE_IDT}})
        for (Word word = page; word < page + 4096; word += 8) sum = sum * 31 + *reinterpret_cast<Word volatile*>(word);
    return sum;
}

Word random_state = 0x853c49e6748fea9b;
Word random()
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

} // namespace

void server_reads_everywhere(Word)
{
    register_entries();
    for (Word slot = 0; slot < 512; ++slot) {
        for (Word const offset : {Word{0}, Word{0x100000}, Word{0x200000}, Word{0x3fe00000}, Word{0x7ffffff000}}) {
            Word const address = slot_address(slot) + offset;
            bool const is_own = address == large_base || address == small_base + 0x100000 || address == small_base ||
                                address == large_base + 0x100000 || address == L4_SERVER_KIP;
            if (is_own) continue;
            Fault const read = attempt(server_read, address);
            check_equal("a read: vector (R[0]: address)", 14, (control().results[0] = address, read.frame.vector));
            check_equal("a read: error code", 0, read.frame.error);
            check_equal("a read: CR2", address, read.cr2);
            Fault const write = attempt(server_write, address);
            check_equal("a write: vector", 14, write.frame.vector);
            check_equal("a write: error code", 2, write.frame.error);
        }
    }
    // All of the microkernel's image, its own data, and its view of physical memory, in steps.
    for (Word address = KERNEL_BASE; address < KERNEL_BASE + 0x400000; address += 0x1000)
        check_equal("the microkernel's image", 0, attempt(server_read, address).frame.error);
    for (Word address = CPU_LOCAL_BASE; address < CPU_LOCAL_BASE + 0x200000; address += 0x1000)
        check_equal("the microkernel's own data", 0, attempt(server_read, address).frame.error);
    for (Word address = DIRECT_MAP_BASE; address < DIRECT_MAP_BASE + 0x100000000; address += 0x200000)
        check_equal("physical memory", 0, attempt(server_read, address).frame.error);
}

void server_writes_gate(Word)
{
    register_entries();
    enum class Page { absent, code, read_only, writable };
    auto const what = [](Word address) {
        if (address == VCPU_WINDOW_PAGE || address == GATE_SCRATCH || address == GATE_IST) return Page::writable;
        if (address >= VCPU_WINDOW_CR3_TABLE && address < VCPU_WINDOW_CR3_TABLE + 0x4000) return Page::read_only;
        if (address >= GATE_TEXT && address <= STUB_PAGE) return Page::code;
        if (address == GATE_READ_ONLY || address == GATE_IDT) return Page::read_only;
        return Page::absent;
    };
    for (Word address = VCPU_WINDOW - 0x200000; address < GATE_BASE + 0x200000; address += 0x1000) {
        control().results[0] = address;
        Page const page = what(address);
        Fault const read = attempt(server_read, address + 8);
        check_equal("a read of the gate", page == Page::absent, read.happened);
        if (read.happened) check_equal("error code", 0, read.frame.error);
        // What can be written is written with what it holds: the test of its content is another one.
        Word const value = read.happened ? 0 : *reinterpret_cast<Word volatile*>(address + 8);
        Fault const write = attempt(server_write, address + 8, value);
        check_equal("a write to the gate", page != Page::writable, write.happened);
        if (write.happened) check_equal("error code", page == Page::absent ? 2 : 3, write.frame.error);
        if (page == Page::code) continue;
        Fault const fetch = attempt(call_address, address);
        check_equal("a jump into the gate's data: vector", 14, fetch.frame.vector);
        check_equal("error code", page == Page::absent ? 0x10 : 0x11, fetch.frame.error);
    }
}

void server_fills_gate(Word)
{
    register_entries();
    Client client = make_client(0);
    for (Word const pattern :
         {~Word{0}, Word{0}, Word{0xffff807fffe00000}, Word{L4_CLIENT_CS}, Word{0x8000000000000000}}) {
        auto const fill = [&] {
            for (Word word = GATE_SCRATCH; word < GATE_IST + 0x1000; word += 8)
                *reinterpret_cast<Word volatile*>(word) = pattern;
            // What the kernel has written into the vCPU page is the server's to spoil, too.
            for (Word volatile* field : {&vcpu().cr2, &vcpu().dr6, &vcpu().thread_id, &vcpu().tsc_base})
                *field = pattern;
        };
        fill();
        check_equal("a syscall", CAUSE_SYSCALL, run_at(client, client_syscall).vector);
        check_patterns(client.frame, false);
        fill();
        check_equal("an exception of the client", 6, run_at(client, client_ud2).vector);
        check_patterns(client.frame, true);
        fill();
        check_equal("one with error code", 13, run_at(client, client_int_n).vector);
        fill();
        check_equal("an exception of the server", 6, attempt(raise_ud2).frame.vector);
        fill();
        check_equal("one without stack", 8, attempt(raise_ud2_on_stack, 0x1000).frame.vector);
        fill();
        check_equal("a switch", 0, vcpu_call(L4_VCPU_SWITCH, 0));
        fill();
        check_equal("a switch", 0, vcpu_call(L4_VCPU_SWITCH, client.number));
        fill();
        events.bits = 0;
        vcpu().deadline = 1;
        check_equal("the timer", 0, vcpu_call(L4_VCPU_TIMER));
        fill();
        check_equal("wait", 0, vcpu_call(L4_VCPU_WAIT));
        check_equal("its event", 1, events.bits);
        mask_events();
        fill();
        check_equal("an IPC", 0, request(ring, 0, 0) >> 16);
    }
}

/// The tasks beside keep patterns in their registers (root/pieces.S, bystander()).
void server_seeks_secrets(Word)
{
    register_entries();
    for (int round = 0; round < 100; ++round) {
        vcpu().deadline = time_stamp() + microseconds(1500);
        vcpu_call(L4_VCPU_TIMER);
        vcpu_call(L4_VCPU_WAIT);
        mask_events();
        for (Word const page : {Word{VCPU_WINDOW_PAGE}, Word{GATE_READ_ONLY}, Word{GATE_SCRATCH}, Word{GATE_IST}}) {
            for (Word word = page; word < page + 4096; word += 8) {
                Word const value = *reinterpret_cast<Word volatile*>(word);
                control().results[0] = word;
                check("a register of the counting task", value >> 32 != 0xc0c0c0c0);
                check("a register of the other server's client", value >> 32 != 0x5ec7e75e);
            }
        }
    }
    // The general registers and the vector registers that a fresh client sees are its own.
    Client client = make_client(0);
    run_at(client, client_syscall);
    check_patterns(client.frame, false);
}

void server_stacks(Word)
{
    register_entries();
    Client client = make_client(0);
    Word const before = sum_of_read_only_pages();
    for (unsigned i = 0; i < stacks().count; ++i) {
        Word const stack = stacks().list[i];
        control().results[0] = stack;
        vcpu().server_sp = stack;
        for (char const* const code : {client_syscall, client_ud2, client_int_n}) {
            Frame const& f = run_at(client, code);
            check_equal("entered from the client: vector (R[0]: stack)", 8, f.vector);
            check_equal("on the spare stack", spare_stack_top() - 48, entry_frame + EXIT_DELTA - 8);
            check_equal("the client's stack", CLIENT_STACK_TOP - 64, f.rsp);
        }
        Fault const fault = attempt(raise_ud2_on_stack, stack);
        check_equal("entered from the server: vector", 8, fault.frame.vector);
        check_equal("the stack", stack, fault.frame.rsp);
        // An event, by way of the microkernel.
        vcpu().server_sp = stack;
        vcpu().entry_event = reinterpret_cast<Word>(server_entry_event);
        vcpu().irq_enabled = 0;
        do {
            vcpu().deadline = time_stamp() + microseconds(300);
            vcpu_call(L4_VCPU_TIMER);
            run_at(client, client_spin_a_while);
        } while (client.frame.vector == CAUSE_SYSCALL);
        check_equal("an event in the client: vector", 8, client.frame.vector);
        mask_events();
        take_events();
    }
    check_equal("the gate's read-only pages", before, sum_of_read_only_pages());
}

void server_stacks_death(Word argument)
{
    register_entries();
    if (argument + 1 < stacks().count) control().next = argument + 1;
    vcpu().spare_sp = stacks().list[(argument * 7 + 3) % stacks().count];
    if (vcpu().spare_sp == 0) vcpu().spare_sp = 8;
    expect_death(8, 0, reinterpret_cast<Word>(raise_ud2_on_stack_fault));
    raise_ud2_on_stack(stacks().list[argument], 0);
}

void server_entries_bad(Word argument)
{
    static constexpr Word entries[] = {
        0x800000000000,   0xffff7fffffffffff,
        no_page,          CLIENT_CODE,
        GATE_TEXT,        GATE_TEXT + 0x1800,
        STUB_PAGE,        STUB_PAGE + 11 * 64,
        VCPU_WINDOW_PAGE, GATE_IDT,
        GATE_SCRATCH,     KERNEL_BASE,
        DIRECT_MAP_BASE,  1,
        ~Word{0},         L4_SERVER_KIP,
        control_address,  0xffff800000000000,
    };
    constexpr Word count = sizeof(entries) / sizeof(entries[0]), ways = 5;
    if (argument >= count * ways) return;
    control().progress = argument;
    control().next = argument + 1;
    register_entries();
    Client client = make_client(0);
    Word const entry = entries[argument / ways];
    // What does not lie in the server's area is never entered: it is a double fault, to be taken by entry[8].
    bool const is_refused = entry < L4_SERVER_AREA_START;
    exceptions_end_life = !is_refused;
    auto const check_refused = [&](Word vector) {
        if (is_refused) check_equal("an entry outside of the server's area: vector", 8, vector);
    };
    switch (argument % ways) {
    case 0:
        vcpu().entry_syscall = entry;
        vcpu().entry_syscall32 = entry;
        check_refused(run_at(client, client_syscall).vector);
        return;
    case 1:
        vcpu().entry[6] = entry;
        check_refused(run_at(client, client_ud2).vector);
        return;
    case 2:
        vcpu().entry[6] = entry;
        check_refused(attempt(raise_ud2).frame.vector);
        return;
    case 3:
        vcpu().entry_event = entry;
        vcpu().deadline = 1;
        vcpu_call(L4_VCPU_TIMER);
        check_refused(attempt([](Word, Word) {
                          vcpu().irq_enabled = 1;
                          // As long as a busy host may take to raise the timer's interrupt.
                          for (Word const end = time_stamp() + microseconds(500000); time_stamp() < end;)
                              vcpu_call(L4_VCPU_TIMER);
                      }).frame.vector);
        return;
    default:
        for (unsigned vector = 0; vector < L4_VCPU_VECTORS; ++vector) vcpu().entry[vector] = entry;
        raise_ud2(0, 0);
    }
}

void server_jumps(Word argument)
{
    // Each byte of the text and of the stubs, with registers that are garbage, or that point into the server's memory.
    constexpr Word size = STUB_PAGE + 0x1000 - GATE_TEXT;
    static constexpr Word registers[] = {0xdeadbeefdeadbeef, small_base + 0x18000, GATE_STACK_TOP - 0x80, 0x13};
    register_entries();
    // A piece of the gate may well return to what the gate's stack still holds, that is to here with other registers. So
    // nothing but memory says how far we are, and an exception that nobody waits for begins another life.
    exceptions_end_life = true;
    Control volatile& c = control();
    for (c.next = argument; c.next < 4 * size;) {
        Word const n = c.next;
        c.progress = n;
        c.next = n + 1;
        vcpu().irq_enabled = 1;
        vcpu().deadline = time_stamp() + microseconds(50);
        vcpu_call(L4_VCPU_TIMER);
        attempt(server_jump, GATE_TEXT + c.progress % size, registers[c.progress / size % 4]);
        mask_events();
        vcpu().pending = 0;
        vcpu().events = 0;
    }
    c.next = 0;
}

void server_privileged_own(Word)
{
    register_entries();
    for (Snippet const* s = server_privileged; s != server_privileged_end; ++s) {
        Fault const fault = attempt(call_address, s->start);
        check(s->name, fault.happened);
        check_vector(*s, fault.frame.vector);
        check_equal(s->name, s->error, fault.frame.error);
        check_equal(s->name, s->fault, fault.frame.rip);
    }
}

void server_privileged_message(Word argument)
{
    Word const count = static_cast<Word>(server_privileged_end - server_privileged);
    if (argument + 1 < count) control().next = argument + 1;
    Snippet const& s = server_privileged[argument];
    expect_death(s.vector, s.error, s.fault);
    control().expected.other_vector = s.other_vector;
    call_address(s.start, 0);
}

void server_ports(Word)
{
    register_entries();
    static constexpr Word hostile_ports[] = {0,     0x20,  0x21,  0x40,  0x43,  0x60,  0x61,  0x64,
                                             0x70,  0x71,  0x80,  0x92,  0xa0,  0xb2,  0x3f8, 0x3fd,
                                             0x510, 0x514, 0x604, 0xcf8, 0xcf9, 0xcfc, 0xffff};
    for (Word const port : hostile_ports) {
        // Meanwhile the root server, which holds ports, interrupts us twice and leaves its bitmap, if it is left.
        request(ring, 200, 2);
        for (Word const end = time_stamp() + microseconds(1000); time_stamp() < end;) {
            for (Word const size : {Word{1}, Word{2}, Word{4}})
                check_equal("in", 13, attempt(port_in, port, size).frame.vector);
            check_equal("out", 13, attempt(port_out, port).frame.vector);
        }
        check("the call", static_cast<long>(vcpu_call(L4_VCPU_PORT, port, 1)) < 0);
        check("the call", static_cast<long>(vcpu_call(L4_VCPU_PORT, port, 0x104, 0)) < 0);
    }
}

namespace {

alignas(16) Word forged[8];

/// What a forged return ended in: 0: the server was interrupted; otherwise the client's CS.
struct Forged {
    Fault fault;
    bool in_client;
};
Forged forge(void (*way)(Word, Word), Word rip, Word cs, Word flags, Word rsp, Word ss)
{
    bool const is_iret = way == server_iret;
    Word* p = forged;
    *p++ = rip;
    *p++ = cs;
    if (is_iret) *p++ = flags;
    *p++ = rsp;
    *p++ = ss;
    static void (*the_way)(Word, Word);
    the_way = way;
    left_frame = Frame{};
    Fault const fault =
        attempt([](Word frame, Word) { run_client_by(the_way, frame); }, reinterpret_cast<Word>(forged));
    mask_events();
    return {fault, left_frame.cs != 0};
}

/// As frames have it: RPL 0, and 8 where the server was in the 32-bit segment that Linux has in entry 1.
bool is_server_code(Word cs) { return cs == 8 || cs == (L4_SERVER_CS & ~Word{3}); }

/// No way leads to a privilege that the server does not have, and whoever arrives in ring 3 has no I/O privilege.
void check_forged(char const* what, Forged const& result, Word cs)
{
    control().results[0] = cs;
    if (result.in_client) {
        check_equal(what, 3, left_frame.cs & 3);
        check("the selector is a client's", left_frame.cs == L4_CLIENT_CS || left_frame.cs == L4_CLIENT_CS32);
        check_equal("IOPL, VM, VIF, VIP", 0, left_frame.rflags & 0x1a3000);
    } else {
        check(what, result.fault.happened);
        Word const vector = result.fault.frame.vector;
        check("an exception that is meant",
              vector == 13 || vector == 14 || vector == 8 || vector == 12 || vector == 11);
        check("CS", is_server_code(result.fault.frame.cs));
    }
}

} // namespace

void server_selectors(Word)
{
    register_entries();
    Client client = make_client(0);
    run_at(client, client_ud2);
    vcpu().irq_enabled = 1;
    Word const rip = in_client(client_ud2);
    Word reached = 0;
    for (Word selector = 0; selector < 0x100; ++selector) {
        for (Word const ss : {Word{L4_CLIENT_SS}, Word{L4_SERVER_SS}, Word{KERNEL_SS}, Word{0}}) {
            Forged const by_iret = forge(server_iret, rip, selector, 0x3202 | 0x1a4000, CLIENT_STACK_TOP, ss);
            check_forged("iretq", by_iret, selector);
            reached += by_iret.in_client ? 1 : 0;
            check_forged("lretq", forge(server_lret, rip, selector, 0, CLIENT_STACK_TOP, ss), selector);
        }
        forged[0] = rip;
        forged[1] = selector;
        for (auto const way : {server_far_jump, server_far_call}) {
            Fault const fault = attempt(way, reinterpret_cast<Word>(forged));
            control().results[0] = selector;
            check("a far jump or call", fault.happened);
            check("CS", is_server_code(fault.frame.cs));
        }
        bool const is_own_ss = selector == L4_SERVER_SS;
        // Not the null selectors: TCG takes any of them and then runs on in ring 0 (docs/CAVEATS.md).
        if (selector >= 4) check_equal("mov ss", is_own_ss ? 0 : 1, attempt(server_load_ss, selector).happened);
        asm volatile("mov %0, %%ss" : : "r"(L4_SERVER_SS));
        bool const is_data = selector < 4 || selector >> 2 << 2 == (L4_CLIENT_SS & ~Word{3}) || selector == 0x18 ||
                             selector == 0x19 || selector >> 2 << 2 == (L4_CLIENT_CS & ~Word{3}) ||
                             selector >> 2 << 2 == (L4_CLIENT_CS32 & ~Word{3}) || selector == 8 || selector == 9 ||
                             selector == 0x10 || selector == 0x11;
        check_equal("mov ds", is_data ? 0 : 1, attempt(server_load_ds, selector).happened);
        check_equal("mov fs", is_data ? 0 : 1, attempt(server_load_fs, selector).happened);
        asm volatile("mov %0, %%ds\n\tmov %0, %%fs" : : "r"(0));
    }
    check("the two real ways to ring 3 were among them", reached >= 2);
}

void server_clients(Word)
{
    register_entries();
    Client own = make_client(0);
    auto const is_other = [&](Word n) { return n != 0 && n != own.number; };
    auto const try_all = [&](Word n) {
        control().results[0] = n;
        check_equal("switch", invalid, vcpu_call(L4_VCPU_SWITCH, n));
        check_equal("map", invalid, map_pages(n, 0x10000000, small_base, 1, L4_MAP_R));
        check_equal("unmap", invalid, vcpu_call(L4_VCPU_UNMAP, n, 0x10000000, 0x10001000, 7));
        check_equal("status", invalid, vcpu_call(L4_VCPU_STATUS, n, 0x10000000, 1));
        check_equal("lookup", invalid, vcpu_call(L4_VCPU_LOOKUP, n, 0x10000000));
        check_equal("destroy", invalid, vcpu_call(L4_VCPU_DESTROY, n));
    };
    for (Word n = 0; n < L4_CLIENT_MAX + 64; ++n)
        if (is_other(n)) try_all(n);
    for (unsigned bit = 12; bit < 64; ++bit) {
        try_all(Word{1} << bit);
        try_all(Word{1} << bit | own.number);
        try_all(-(Word{1} << bit) | own.number);
    }
    for (Word operation = 13; operation < 200; ++operation)
        check_equal("an operation", invalid, vcpu_call(operation, own.number));
    for (unsigned bit = 8; bit < 64; ++bit)
        check_equal("an operation with high bits", invalid, vcpu_call(Word{1} << bit, own.number));
    check_equal("its own is still there", CAUSE_SYSCALL, run_at(own, client_syscall).vector);
}

void server_exit_section(Word)
{
    register_entries();
    // The whole address space is an exit section, and something is always pending: each return from the kernel rewinds.
    vcpu().exit_start = reinterpret_cast<Word>(count_rewinds);
    vcpu().exit_end = ~Word{0};
    vcpu().exit_iret = 0;
    vcpu().exit_delta = 0x1000;
    vcpu().pending = 1;
    vcpu().irq_enabled = 1;
    // (An attempt, so that the tenth rewind's exception comes back here.)
    vcpu().exit_end = ~Word{0};
    Fault const fault = attempt(loop_quietly);
    vcpu().exit_end = 0;
    check_equal("rewinds", 10, rewind_count);
    check_equal("vector", 6, fault.frame.vector);

    // A start that is no address.
    vcpu().exit_start = 0x800000000000;
    vcpu().exit_end = ~Word{0};
    Fault const nowhere = attempt([](Word, Word) { vcpu_call(L4_VCPU_SWITCH, 12345); });
    vcpu().exit_end = 0;
    check_equal("vector", 14, nowhere.frame.vector);
    check_equal("RIP: the kernel's hole instead", 0xffff800000000000, nowhere.frame.rip);
}

void server_deadlines(Word)
{
    register_entries();
    unmask_events();
    for (int i = 0; i < 5000; ++i) {
        static constexpr Word deadlines[] = {1, 2, ~Word{0}, Word{1} << 63, (Word{1} << 63) - 1, 0};
        vcpu().deadline = i % 7 < 6 ? deadlines[i % 7] : time_stamp() + random() % 5000;
        check_equal("timer", 0, vcpu_call(L4_VCPU_TIMER));
        if (i % 3 == 0) vcpu().deadline = random();
    }
    vcpu().deadline = 1;
    vcpu_call(L4_VCPU_TIMER);
}

void server_calls(Word argument)
{
    constexpr Word lives = 20;
    if (argument >= lives) return;
    control().next = argument + 1;
    register_entries();
    Client client = make_client(0);
    for (unsigned vector = 0; vector < L4_VCPU_VECTORS; vector += 1 + argument % 5)
        vcpu().entry[vector] = entry_of(vector);
    random_state += argument * 0x9e3779b97f4a7c15;
    Word const interesting[] = {0,
                                1,
                                2,
                                3,
                                client.number,
                                client.number + 1,
                                0x10000000,
                                0x10001000,
                                small_base,
                                image_base,
                                GATE_TEXT,
                                KERNEL_BASE,
                                DIRECT_MAP_BASE,
                                ~Word{0},
                                Word{1} << 63,
                                0x7fffffffffff,
                                L4_ANYTHREAD,
                                vcpu().thread_id,
                                vcpu().utcb,
                                L4_CLIENT_AREA_END,
                                64,
                                0x1000,
                                L4_FPAGE(small_base, 21, 7),
                                0x17,
                                0x80,
                                0x1ff,
                                L4_MAP_COUNT(64, 12),
                                L4_MAP_COUNT(2, 21),
                                L4_COMPLETE_SPACE | 7};
    auto const pick = [&] { return random() % 8 == 0 ? random() : interesting[random() % (sizeof(interesting) / 8)]; };
    Word const utcb = vcpu().utcb;
    for (int i = 0; i < 3000; ++i) {
        control().progress = argument;
        Word registers[14];
        for (Word& value : registers) value = pick();
        Word const stub = random() % 16;
        bool const is_call = stub >= 4 && stub != 5;
        Word const number = is_call ? 11 : stub;
        if (number == 11) {
            registers[0] = random() % 14; // the operation
            if (registers[0] == L4_VCPU_WAIT || registers[0] == L4_VCPU_DESTROY) continue;
            for (Word volatile& entry : vcpu_page->map) entry = pick() | random() % 8;
            for (l4_vcpu_call& call : vcpu_page->calls) {
                call = {random() % 14, pick(), pick(), pick(), pick(), pick()};
                if (call.operation == L4_VCPU_DESTROY) call.operation = L4_VCPU_CREATE;
                if (random() % 2 == 0) call.rdi = random() % 2 == 0 ? client.number : L4_CLIENT_OF_CALL(random() % 8);
            }
            if (registers[0] == L4_VCPU_BATCH && random() % 2 == 0) {
                registers[5] = random() % (L4_VCPU_BATCH_CALLS + 1); // RDI: the end
                registers[3] = random() % 2;                         // RDX: the first
            }
            // Of the maps half are right in all but the address.
            if (registers[0] == L4_VCPU_MAP && random() % 2 == 0) {
                vcpu_page->map[0] = small_base | L4_MAP_R | L4_MAP_W;
                registers[5] = random() % 2 == 0 ? client.number : L4_CLIENT_SERVER;
                registers[3] = L4_MAP_COUNT(1, 12);
                registers[6] = L4_ANY_GENERATION;
            }
        }
        // IPC: to and from nobody who is there, so that it ends.
        if (number == 4 || number == 5) {
            registers[4] = L4_GLOBAL_ID(0x40000000, 1);
            registers[3] = 0;
            registers[5] = utcb;
        }
        control().results[0] = number;
        control().results[1] = registers[0];
        control().results[2] = registers[5];
        control().results[3] = registers[4];
        control().results[4] = registers[3];
        control().results[5] = registers[6];
        attempt(call_stub, STUB_PAGE + number * STUB_SIZE, reinterpret_cast<Word>(registers));
        mask_events();
    }
}

void server_fault_loop(Word)
{
    register_entries();
    vcpu().entry[14] = reinterpret_cast<Word>(loop_in_page_faults);
    loop_in_page_faults(0, 0);
}

void server_exception_loop(Word)
{
    register_entries();
    vcpu().entry[3] = reinterpret_cast<Word>(loop_in_exceptions);
    loop_in_exceptions(0, 0);
}

void server_spins(Word)
{
    register_entries();
    vcpu().pending = 1;
    loop_quietly(0, 0);
}

} // namespace gate_test
