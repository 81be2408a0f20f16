// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

using l4::Time;

constexpr Word max_words = 63;
constexpr Word label = 0x123456789abc;

Word pattern(Word round, Word n) { return round << 48 ^ n * 0x0101010101010101 ^ 0xfeed0000beef0000; }

/// Sends back what comes, each word inverted, the label kept.
void echo(Word)
{
    Message message;
    ThreadId to = l4::nilthread;
    for (;;) {
        to = l4::reply_wait(to, message);
        for (unsigned n = 1; n < message.register_count(); ++n) message.set_mr(n, ~message.mr(n));
    }
}

bool echoes(ThreadId partner, Word words)
{
    Message message{label};
    for (Word n = 1; n <= words; ++n) message.word(pattern(words, n));
    if (!CHECK(l4::call(partner, message, {soon, soon}))) return false;
    if (!CHECK_EQ(message.tag(), l4::MsgTag(label, 0, static_cast<unsigned>(words)))) return false;
    for (unsigned n = 1; n <= words; ++n)
        if (!CHECK_EQ(message.mr(n), ~pattern(words, n))) return false;
    return true;
}

void words_within_a_space()
{
    Thread partner;
    REQUIRE(partner.start(echo));
    for (Word words = 0; words <= max_words; ++words) REQUIRE(echoes(partner.id(), words));
}

void words_between_spaces()
{
    Task task;
    REQUIRE(task.create());
    Stack stack;
    ThreadId const partner = new_id();
    REQUIRE(task.start_thread(partner, 1, stack, echo, 0));
    for (Word words = 0; words <= max_words; ++words) REQUIRE(echoes(partner, words));
}

Word call_echo_many(Word partner, Word rounds, Word, Word)
{
    for (Word i = 0; i < rounds; ++i) {
        Message message{label};
        message.word(i).word(i + 1);
        if (!l4::call(ThreadId::from_raw(partner), message, {soon, soon}) || message.mr(2) != ~(i + 1)) return i;
    }
    return rounds;
}

void many_rounds()
{
    Task server;
    Task client;
    REQUIRE(server.create() && client.create());
    Stack stack;
    ThreadId const partner = new_id();
    REQUIRE(server.start_thread(partner, 1, stack, echo, 0));
    constexpr Word rounds = 10'000;
    Word const start = l4::system_clock();
    CHECK(client.run(call_echo_many, partner.raw(), rounds).is(rounds));
    NOTE("{} round trips between two spaces, {} ns each", rounds, (l4::system_clock() - start) * 1000 / rounds);
}

/// MR1 to MR7 travel in registers: what stands in the UTCB for them is of no interest.
void registers_are_authoritative()
{
    Thread partner;
    REQUIRE(partner.start(echo));
    for (unsigned n = 0; n < 8; ++n) l4::my_utcb().mr[n] = 0x6666666666660000 + n;
    for (unsigned n = 8; n < 64; ++n) l4::my_utcb().mr[n] = pattern(5, n);
    Registers registers = ipc_registers(partner.id(), partner.id(), 0, l4::MsgTag(label, 0, 10).raw());
    for (unsigned n = 1; n < 8; ++n) registers.*message_registers[n] = pattern(5, n);
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(registers.r9, l4::MsgTag(label, 0, 10).raw());
    for (unsigned n = 1; n < 8; ++n) CHECK_EQ(registers.*message_registers[n], ~pattern(5, n));
    for (unsigned n = 8; n <= 10; ++n) CHECK_EQ(l4::my_utcb().mr[n], ~pattern(5, n));
}

void what_comes_back_beside()
{
    Thread partner;
    REQUIRE(partner.start(echo));
    for (Word const stub : {l4::kip().ipc, l4::kip().lipc}) {
        Registers registers = ipc_registers(partner.id(), partner.id(), 0, 0);
        registers.rflags |= 0x8d5;
        Word before = 0;
        {
            // Where the stack pointer is, says a call that enters no kernel.
            Registers nothing = distinct_registers(1);
            test_kernel_interface(&nothing);
            before = nothing.rsp;
        }
        test_call(&registers, stub);
        CHECK_EQ(registers.rdi, word(l4::my_utcb().mr));
        CHECK_EQ(registers.rsi, partner.local_id());
        CHECK_EQ(registers.rsp, before);
        CHECK_EQ(registers.rflags & 0x400, 0); // DF
        CHECK_EQ(registers.r9, 0);
    }
}

void direction_flag_is_harmless()
{
    Thread partner;
    REQUIRE(partner.start(echo));
    Registers registers = ipc_registers(partner.id(), partner.id(), 0, l4::MsgTag(1, 0, 63).raw());
    registers.rflags |= 0x400;
    for (unsigned n = 8; n < 64; ++n) l4::my_utcb().mr[n] = pattern(6, n);
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(registers.r9, l4::MsgTag(1, 0, 63).raw());
    for (unsigned n = 8; n < 64; ++n) CHECK_EQ(l4::my_utcb().mr[n], ~pattern(6, n));
}

void garbage_above_the_timeouts()
{
    Registers registers = ipc_registers(l4::nilthread, runner(), 0xffffffff00000000 | Time::milliseconds(2).raw(), 0);
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(registers.r9, L4_TAG_ERROR);
    CHECK_EQ(l4::last_error(), receive_error(L4_IPC_TIMEOUT));
}

constinit Word volatile seen_tag = 0;
constinit Word volatile seen = 0;

void receive_tag(Word)
{
    Message message;
    l4::receive(l4::anythread, message);
    seen_tag = message.tag().raw();
    seen = 1;
}

/// Flags in a tag are the kernel's: E, X, r and p of the sender do not arrive, and E is clear after a success.
void flags_of_the_sender()
{
    Thread partner;
    REQUIRE(partner.start(receive_tag));
    seen = 0;
    constexpr Word flags = L4_TAG_ERROR | L4_TAG_CROSS_CPU | L4_TAG_REDIRECTED;
    Registers registers = ipc_registers(partner.id(), l4::nilthread, 0, l4::MsgTag(label, 0, 1).raw() | flags);
    test_call(&registers, l4::kip().ipc);
    REQUIRE(wait_for(seen, 1));
    CHECK_EQ(seen_tag, l4::MsgTag(label, 0, 1).raw());
    CHECK_EQ(registers.r9 & L4_TAG_ERROR, 0);
}

void no_phase_at_all()
{
    Registers registers = ipc_registers(l4::nilthread, l4::nilthread, 0, 0);
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(registers.r9 & L4_TAG_ERROR, 0);
}

void sender_by_its_name()
{
    Thread here;
    Task task;
    REQUIRE(here.start(echo) && task.create());
    Stack stack;
    ThreadId const there = new_id();
    REQUIRE(task.start_thread(there, 1, stack, echo, 0));
    Message message;
    // From our own space: the local name. From another: the global one. However the partner was addressed.
    CHECK_EQ(l4::ipc(here.id(), here.id(), {soon, soon}, message), here.local_id());
    CHECK_EQ(l4::ipc(here.local_id(), here.local_id(), {soon, soon}, message), here.local_id());
    CHECK_EQ(l4::ipc(there, there, {soon, soon}, message), there);
    CHECK_EQ(l4::ipc(there, l4::anythread, {soon, soon}, message), there);
}

/// The message goes on while the sender already runs; a later IPC of the sender does not change it.
void message_is_a_copy()
{
    Thread partner;
    REQUIRE(partner.start(echo));
    Message message{1};
    for (Word n = 1; n <= 20; ++n) message.word(n);
    REQUIRE(l4::call(partner.id(), message, {soon, soon}));
    for (Word& mr : l4::my_utcb().mr) mr = 0;
    for (unsigned n = 1; n <= 20; ++n) CHECK_EQ(message.mr(n), ~Word{n});
}

constexpr Case cases[] = {
    {"0 to 63 words within a space", "Messages and message registers", words_within_a_space},
    {"0 to 63 words between spaces", "Messages and message registers", words_between_spaces},
    {"ten thousand calls between two tasks", "Ipc", many_rounds, 30},
    {"MR0 to MR7 are taken from registers, not from the UTCB", "Ipc, amd64 registers", registers_are_authoritative},
    {"UTCB address in RDI, sender in RSI, stack and flags as they were", "Ipc, amd64 registers",
     what_comes_back_beside},
    {"a set direction flag does no harm", "Ipc, amd64 registers", direction_flag_is_harmless},
    {"garbage above the timeouts is ignored", "Ipc, timeouts", garbage_above_the_timeouts},
    {"flags in the sender's tag do not arrive", "Message tag", flags_of_the_sender},
    {"no send and no receive phase is no error", "Ipc", no_phase_at_all},
    {"senders of the own space come under local names, others under global ones", "Ipc, from", sender_by_its_name},
    {"a received message is a copy", "Ipc", message_is_a_copy},
};

} // namespace

Group const ipc_cases{"ipc", cases};

} // namespace test
