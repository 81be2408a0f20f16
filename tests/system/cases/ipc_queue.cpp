// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

namespace test {
namespace {

using l4::Time;

void sleep_for_ever(Word) {}

void send_number(Word number) { (void)l4::send(runner(), Message{1}.word(number)); }

/// The number in the next message, ~0 if none comes.
Word next_number(ThreadId from, Time timeout)
{
    Message message;
    return l4::receive(from, message, timeout).is_nil() ? ~Word{0} : message.mr(1);
}

void first_come_first_served()
{
    Thread senders[5];
    for (Word n = 0; n < 5; ++n) {
        // Later ones have higher priorities, which must not matter.
        REQUIRE(senders[n].start(send_number, n, 100 + n));
        settle();
    }
    for (Word n = 0; n < 5; ++n) CHECK_EQ(next_number(l4::anythread, at_once), n);
    CHECK_EQ(next_number(l4::anythread, at_once), ~Word{0});
}

void closed_receive_picks_its_sender()
{
    Thread senders[4];
    for (Word n = 0; n < 4; ++n) {
        REQUIRE(senders[n].start(send_number, n));
        settle();
    }
    CHECK_EQ(next_number(senders[2].id(), at_once), 2);
    CHECK_EQ(next_number(senders[2].id(), at_once), ~Word{0});
    CHECK_EQ(next_number(senders[1].local_id(), at_once), 1);
    CHECK_EQ(next_number(l4::anythread, at_once), 0);
    CHECK_EQ(next_number(l4::anythread, at_once), 3);
}

void closed_receive_waits_for_its_sender()
{
    Thread other, wanted;
    REQUIRE(other.start(send_number, 1));
    REQUIRE(wanted.create());
    CHECK_EQ(next_number(wanted.id(), Time::milliseconds(5)), ~Word{0});
    REQUIRE(wanted.begin(send_number, 2));
    CHECK_EQ(next_number(wanted.id(), soon), 2);
    CHECK_EQ(next_number(l4::anythread, at_once), 1);
}

void local_receive()
{
    Task task;
    Thread here;
    REQUIRE(task.create());
    Stack stack;
    ThreadId const there = new_id();
    REQUIRE(task.start_thread(there, 1, stack, send_number, 1));
    settle();
    CHECK_EQ(next_number(l4::anylocalthread, Time::milliseconds(5)), ~Word{0});
    REQUIRE(here.start(send_number, 2));
    CHECK_EQ(next_number(l4::anylocalthread, soon), 2);
    CHECK_EQ(next_number(l4::anythread, soon), 1);
}

void zero_send_needs_a_receiver()
{
    Thread helper;
    REQUIRE(helper.start(sleep_for_ever));
    settle();
    // It waits, but for itself.
    CHECK_EQ(send_result(helper.id(), at_once), send_error(L4_IPC_TIMEOUT));
}

void receive_from_oneself()
{
    CHECK_EQ(receive_result(l4::my_global_id(), Time::milliseconds(2)), receive_error(L4_IPC_TIMEOUT));
    CHECK_EQ(receive_result(l4::my_global_id(), at_once), receive_error(L4_IPC_TIMEOUT));
}

constinit Word volatile losses = 0;
constinit Word volatile calls = 0;

/// A server whose answers have timeout zero: each must find its client waiting.
void zero_timeout_server(Word)
{
    Message message;
    ThreadId client = l4::receive(l4::anythread, message);
    for (;;) {
        ThreadId const next = l4::ipc(client, l4::anythread, {Time::zero(), Time::never()}, message);
        if (message.tag().is_error()) {
            losses = losses + 1;
            client = l4::receive(l4::anythread, message);
        } else {
            client = next;
        }
    }
}

void zero_timeout_client(Word server)
{
    for (unsigned i = 0; i < 500; ++i) {
        Message message{1};
        if (l4::call(ThreadId::from_raw(server), message, {soon, soon})) calls = calls + 1;
    }
}

Word zero_timeout_client_there(Word server, Word, Word, Word)
{
    zero_timeout_client(server);
    return 0;
}

/// Between the two phases of a call there is no moment at which the caller does not wait.
void answers_at_once()
{
    losses = 0;
    calls = 0;
    Thread server;
    Thread clients[3];
    // Higher, equal and lower than the server; all are ready while it runs.
    Word const priorities[] = {priority::helper + 5, priority::helper, priority::helper - 5};
    REQUIRE(server.start(zero_timeout_server));
    for (unsigned n = 0; n < 3; ++n) REQUIRE(clients[n].start(zero_timeout_client, server.id().raw(), priorities[n]));
    Task task;
    REQUIRE(task.create());
    CHECK(task.run(zero_timeout_client_there, server.id().raw()).is_done());
    CHECK(wait_for(calls, 2000));
    CHECK_EQ(losses, 0);
}

void queued_sender_then_receives()
{
    // A caller that had to queue: when its message is taken, it waits for the answer at that moment.
    losses = 0;
    calls = 0;
    Thread client;
    REQUIRE(client.start(zero_timeout_client, runner().raw()));
    settle();
    Message message;
    for (unsigned i = 0; i < 20; ++i) {
        ThreadId const from = l4::receive(l4::anythread, message, soon);
        REQUIRE_EQ(from, client.local_id());
        CHECK_EQ(send_result(from, at_once), 0);
    }
}

constinit Word volatile delayed_sent = 0;

void send_later(Word number)
{
    l4::sleep(Time::milliseconds(10));
    (void)l4::send(runner(), Message{1}.word(number));
    delayed_sent = 1;
}

void timed_out_sender_leaves()
{
    Thread helper;
    REQUIRE(helper.start([](Word) { (void)l4::send(runner(), Message{1}.word(7), Time::milliseconds(5)); }));
    l4::sleep(Time::milliseconds(20));
    CHECK_EQ(next_number(l4::anythread, at_once), ~Word{0});
}

void waiting_for_a_later_message()
{
    Thread helper;
    REQUIRE(helper.start(send_later, 9));
    CHECK_EQ(next_number(l4::anythread, Time::never()), 9);
}

void many_senders()
{
    constexpr Word count = 40;
    Thread senders[count];
    for (Word n = 0; n < count; ++n) REQUIRE(senders[n].start(send_number, n));
    Word sum = 0;
    for (Word n = 0; n < count; ++n) sum += next_number(l4::anythread, soon);
    CHECK_EQ(sum, count * (count - 1) / 2);
}

/// Each thread passes the number on, plus one.
constinit ThreadId ring[8];
void ring_member(Word index)
{
    for (;;) {
        Message message;
        if (l4::receive(l4::anythread, message).is_nil()) continue;
        ThreadId const next = index + 1 < 8 ? ring[index + 1] : runner();
        (void)l4::send(next, Message{1}.word(message.mr(1) + 1), soon);
    }
}

void ring_of_threads()
{
    Thread members[8];
    for (Word n = 0; n < 8; ++n) {
        REQUIRE(members[n].start(ring_member, n));
        ring[n] = members[n].id();
    }
    Word number = 0;
    for (unsigned round = 0; round < 100; ++round) {
        REQUIRE(l4::send(ring[0], Message{1}.word(number), soon));
        number = next_number(ring[7], soon);
    }
    CHECK_EQ(number, 800);
}

constexpr Case cases[] = {
    {"senders are served in the order of their coming, whatever their priority", "Ipc", first_come_first_served},
    {"a closed receive takes its sender from the middle of the queue", "Ipc", closed_receive_picks_its_sender},
    {"a closed receive leaves others waiting", "Ipc", closed_receive_waits_for_its_sender},
    {"anylocalthread accepts only the own space", "Ipc", local_receive},
    {"a send with timeout zero fails if nobody waits for it", "Ipc", zero_send_needs_a_receiver},
    {"a receive from oneself never matches", "Ipc", receive_from_oneself},
    {"a reply with timeout zero always finds its caller", "Ipc", answers_at_once},
    {"a caller who had to queue waits as soon as its message is taken", "Ipc", queued_sender_then_receives},
    {"a sender whose time is up leaves the queue", "Ipc", timed_out_sender_leaves},
    {"a receive without timeout waits", "Ipc", waiting_for_a_later_message},
    {"forty senders lose no message", "Ipc", many_senders},
    {"messages go round a ring of threads", "Ipc", ring_of_threads},
};

} // namespace

Group const ipc_queue_cases{"ipc queues", cases};

} // namespace test
