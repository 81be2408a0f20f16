// SPDX-License-Identifier: BSD-2-Clause
/// What a call costs; and the exit section under a timer that stops at every instruction.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_null_calls[], client_no_calls[], client_syscall[], client_after_syscall[], client_spin[];

namespace {

Word timed(Client& client, void const* code, Word rounds)
{
    Frame& f = client.frame;
    set_patterns(f);
    f.rip = in_client(code);
    f.cs = L4_CLIENT_CS;
    f.rflags = 0x202;
    f.rsp = CLIENT_STACK_TOP - 64;
    f.ss = L4_CLIENT_SS;
    f.rdi = rounds;
    run(client);
    check_equal("the loop's end", 6, f.vector);
    return *reinterpret_cast<Word volatile*>(client.data);
}

/// The best of several: what disturbs only makes it longer.
Word best(Client& client, void const* code)
{
    constexpr Word rounds = 20000;
    Word least = ~Word{0};
    for (int i = 0; i < 5; ++i) {
        Word const time = timed(client, code, rounds);
        if (time < least) least = time;
    }
    return least / rounds;
}

} // namespace

void null_call(Word)
{
    register_entries();
    Client client = make_client(0);
    Word const loop = best(client, client_no_calls);
    vcpu().entry_syscall = reinterpret_cast<Word>(null_entry_syscall);
    Word const bare = best(client, client_null_calls) - loop;
    vcpu().entry_syscall = reinterpret_cast<Word>(full_entry_syscall);
    Word const full = best(client, client_null_calls) - loop;
    bool const ticks = control().instructions_are_ticks != 0;
    say(ticks ? "client's null call, instructions, server with the fewest:"
              : "client's null call, cycles, server with the fewest instructions:",
        bare);
    say(ticks ? "client's null call, instructions, server that saves and restores all:"
              : "client's null call, cycles, server that saves and restores all registers:",
        full);
    if (ticks) check("no more instructions than the design says", bare <= 44);
}

/// Under -icount, where a tick is an instruction, the deadline moves on by one tick at a time: from before the exit section
/// to inside the client. Each time the client must start as if nothing had been, and the event must come once.
void exit_sweep(Word)
{
    check("this needs -icount", control().instructions_are_ticks != 0);
    register_entries();
    Client client = make_client(0);
    Word before = 0, rewound = 0, in_the_client = 0, last_kind = 0, changes = 0;
    Word const section = static_cast<Word>(exit_end - exit_start);
    for (Word ticks = 0; ticks < 6000; ++ticks) {
        control().progress = ticks;
        Word const entries = events.entries, at_exit = events.at_exit;
        events.bits = 0;
        vcpu().entry_event = reinterpret_cast<Word>(server_entry_event);
        vcpu().deadline = time_stamp() + ticks;
        vcpu_call(L4_VCPU_TIMER);
        Frame const& f = run_at(client, client_syscall);
        check_equal("cause", CAUSE_SYSCALL, f.vector);
        check_equal("RIP", in_client(client_after_syscall), f.rip);
        check_equal("RSP", CLIENT_STACK_TOP - 64, f.rsp);
        check_patterns(f, false);
        check_equal("the server's GS base", vcpu().server_gs_base, read_gs_base());
        Word const kind = events.entries != entries ? 1 : events.at_exit != at_exit ? 2 : 3;
        if (kind == 1) ++before;
        if (kind == 2) ++rewound;
        if (kind == 3) ++in_the_client;
        changes += kind != last_kind ? 1 : 0;
        last_kind = kind;
        // What was due after the client was left comes now.
        Word const limit = time_stamp() + microseconds(100000);
        while ((vcpu().deadline != 0 || vcpu().pending != 0) && time_stamp() < limit) unmask_events();
        mask_events();
        check_equal("the event, once", 1, events.bits);
    }
    say("deadlines before the exit section:", before);
    say("deadlines that the exit section met:", rewound);
    say("deadlines behind it:", in_the_client);
    say("bytes of the section:", section);
    check("the sweep begins before the section and ends behind it", before + rewound > 0 && in_the_client > 0);
    // 26 instructions, from the unmasking to the IRETQ.
    check("every instruction of the section was met", rewound >= 20);
}

} // namespace gate_test
