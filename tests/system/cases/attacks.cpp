// SPDX-License-Identifier: BSD-2-Clause
//
// Denial of service with nothing but IPC (docs/security.md): names that are guessed, a space that talks to whom it
// should not, a message that never ends.

#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/random_calls.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/machine.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

using l4::Time;
constexpr Time never = Time::never();

// ---- Guessing ----

constinit Word volatile reached = 0;

void count_messages(Word)
{
    for (;;) {
        Message message;
        if (!l4::receive(l4::anythread, message).is_nil()) reached = reached + 1;
    }
}

/// A victim in our space under a name that cannot be known: the version is what the time stamp makes of it.
struct Victim {
    Thread thread;
    ThreadId first_name;

    bool create()
    {
        reached = 0;
        if (!thread.start(count_messages)) return false;
        first_name = thread.id();
        Random random{l4::time_stamp()};
        ThreadId const name = ThreadId::global(first_name.number(), (random.next() & 0xffffffff) | 1);
        thread.set_id(name);
        return CHECK(l4::thread_control({.dest = name, .space = l4::my_global_id()}));
    }
};

/// How many of the guesses led to anything but 'no such thread'.
Word guess(Word first_name, Word count, Word local_id, Word)
{
    ThreadId const known = ThreadId::from_raw(first_name);
    Random random{first_name};
    Word hits = 0;
    auto const attempt = [&](ThreadId id) {
        if (send_result(id, at_once) != send_error(L4_IPC_NO_PARTNER)) ++hits;
    };
    ThreadId next = known;
    for (Word n = 0; n < count; ++n, next = next.next_version()) {
        attempt(ThreadId::global(known.number(), n));
        attempt(next);
        attempt(ThreadId::global(known.number(), random.next() & 0xffffffff));
    }
    // The name that it has in its own space means nobody here, and neither do the special ones.
    attempt(ThreadId::from_raw(local_id));
    attempt(l4::anythread);
    attempt(l4::anylocalthread);
    // Nor is there another call by which to find it.
    if (l4::schedule({.dest = known}) != 0) ++hits;
    if (!l4::exchange_registers({.dest = ThreadId::from_raw(local_id)}).dest.is_nil()) ++hits;
    if (!l4::exchange_registers({.dest = known}).dest.is_nil()) ++hits;
    return hits;
}

void guessed_names()
{
    constexpr Word count = 5000;
    Victim victim;
    Task task;
    REQUIRE(victim.create() && task.create());
    Word const start = l4::system_clock();
    CHECK(task.run(guess, victim.first_name.raw(), count, victim.thread.local_id().raw()).is(0));
    NOTE("{} guesses a second, of 4200 million", 3 * count * 1'000'000 / (l4::system_clock() - start + 1));
    CHECK_EQ(reached, 0);
    // Who knows the name gets through.
    CHECK_EQ(send_result(victim.thread.id(), soon), 0);
    CHECK(wait_for(reached, 1));
}

// ---- A space that is confined ----

constinit Word volatile stopped = 0;

/// A redirector that lets through what is for the test's runner, and nothing else.
void filter(Word)
{
    for (;;) {
        Message message;
        ThreadId const from = l4::receive(l4::anythread, message);
        l4_utcb& utcb = l4::my_utcb();
        ThreadId const to = ThreadId::from_raw(utcb.intended_receiver);
        if (to != runner()) {
            stopped = stopped + 1;
            continue;
        }
        utcb.virtual_sender = from.raw();
        message.set_mr(0, (message.tag().raw() & ~Word{0xf000}) | L4_TAG_PROPAGATED);
        l4::ipc(to, l4::nilthread, {soon, never}, message);
    }
}

/// Every way to say something to a thread whose name is known.
Word bother(Word victim, Word redirector, Word, Word)
{
    ThreadId const id = ThreadId::from_raw(victim);
    (void)send_result(id, soon);
    Message call{0};
    (void)ipc_result(id, id, {soon, at_once}, call);
    // In the redirector's name, and in the victim's own.
    for (Word const name : {redirector, victim}) {
        Message message;
        l4::my_utcb().virtual_sender = name;
        message.set_mr(0, L4_TAG_PROPAGATED);
        (void)ipc_result(id, l4::nilthread, {soon, never}, message);
    }
    return 1;
}

void confined_space()
{
    Task task, guard;
    Stack stack;
    ThreadId const redirector = new_id();
    Victim victim;
    stopped = 0;
    REQUIRE(victim.create() && task.create() && guard.create());
    REQUIRE(guard.start_thread(redirector, 1, stack, filter, 0, priority::helper + 5));
    l4::SpaceControlIn confine{};
    confine.space = task.anchor();
    confine.redirector = redirector;
    REQUIRE(bool{l4::space_control(confine)});
    CHECK(task.run(bother, victim.thread.id().raw(), redirector.raw()).is(1));
    settle();
    CHECK_EQ(stopped, 4);
    CHECK_EQ(reached, 0);
    // A fault that would go to the victim.
    Stack faulting;
    ThreadId const faulter = new_id();
    REQUIRE(task.start_thread(
        faulter, 2, faulting,
        [](Word pager) {
            l4::my_utcb().pager = pager;
            *reinterpret_cast<Word volatile*>(0x3'0000'0000) = 1;
        },
        victim.thread.id().raw()));
    settle();
    l4::sleep(Time::milliseconds(5));
    CHECK_EQ(stopped, 5);
    CHECK_EQ(reached, 0);
}

// ---- Messages that never end ----

constexpr Word missing = arena::view + 0x4000'0000;
constexpr Word string_size = 2 * l4::page_size;

void answer_with_nothing(Word)
{
    Message message;
    ThreadId to = l4::nilthread;
    for (;;) {
        to = l4::reply_wait(to, message);
        message = Message{0};
    }
}
void take_and_keep(Word)
{
    Message message;
    l4::receive(l4::anythread, message);
}

/// Sends a string that is not there to the runner, or is the receiver of one. Its own transfer timeouts are 'never'.
void send_missing(Word pager)
{
    l4::my_utcb().pager = pager;
    l4::my_utcb().xfer_timeouts = 0;
    Message message{0};
    (void)l4::send(runner(), message.string({reinterpret_cast<std::byte const*>(missing), string_size}));
}
void receive_missing(Word pager)
{
    l4_utcb& utcb = l4::my_utcb();
    utcb.pager = pager;
    utcb.xfer_timeouts = 0;
    utcb.br_descending[L4_BR_COUNT - 1] = 1;
    utcb.br_descending[L4_BR_COUNT - 2] = L4_STRING_ITEM(string_size);
    utcb.br_descending[L4_BR_COUNT - 3] = missing;
    Message message;
    l4::receive(runner(), message);
}

/// Whatever the partner's pager is, we are back in time: the transfer timeouts are ours.
void endless_partner(Entry partner, bool partner_sends)
{
    static std::byte buffer[string_size];
    Thread sleeper, keeper, denier;
    REQUIRE(sleeper.create() && keeper.start(take_and_keep) && denier.start(answer_with_nothing));
    settle();
    Word const pagers[] = {sleeper.id().raw(), keeper.id().raw(), denier.id().raw(), new_id().raw(), L4_NILTHREAD};
    l4_utcb& utcb = l4::my_utcb();
    constexpr Time patience = Time::milliseconds(10);
    utcb.xfer_timeouts = L4_TIMEOUTS(patience.raw(), patience.raw());
    for (Word const pager : pagers) {
        Thread attacker;
        REQUIRE(attacker.start(partner, pager));
        settle();
        utcb.br_descending[L4_BR_COUNT - 1] = 1;
        utcb.br_descending[L4_BR_COUNT - 2] = L4_STRING_ITEM(string_size);
        utcb.br_descending[L4_BR_COUNT - 3] = word(buffer);
        Message message{0};
        if (!partner_sends) message.string(buffer);
        Word const start = l4::system_clock();
        Word const code = partner_sends ? receive_result(attacker.id(), soon)
                                        : ipc_result(attacker.id(), l4::nilthread, {soon, never}, message);
        Word const took = l4::system_clock() - start;
        Word const reason = code >> 1 & 7;
        CHECK(reason == L4_IPC_XFER_TIMEOUT_MINE || reason == L4_IPC_ABORTED);
        CHECK_EQ(code >> 4, 0);
        // Far from for ever; the machine below us may be busy.
        CHECK(took < 2'000'000);
    }
    utcb.xfer_timeouts = 0;
    utcb.br_descending[L4_BR_COUNT - 1] = 0;
}

void endless_sender() { endless_partner(send_missing, true); }
void endless_receiver() { endless_partner(receive_missing, false); }

constexpr Case cases[] = {
    {"15000 guesses of a name reach nobody", "Global thread IDs", guessed_names, 30},
    {"a confined space reaches nobody, whatever names it knows", "Redirection", confined_space},
    {"a sender whose string never comes holds up nobody with a timeout", "XferTimeouts", endless_sender, 20},
    {"a receiver whose buffer never comes holds up nobody with a timeout", "XferTimeouts", endless_receiver, 20},
};

} // namespace

Group const attack_cases{"attacks", cases};

} // namespace test
