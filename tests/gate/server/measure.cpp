// SPDX-License-Identifier: BSD-2-Clause
/// What a call costs.
#include "tests/gate/server/server.hpp"

namespace gate_test {

extern "C" char client_null_calls[], client_no_calls[];

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

} // namespace gate_test
