// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

/// Messages in another's name, and messages that go to a redirector.
namespace test {
namespace {

constexpr Word label = 0xde70;
constexpr l4::Time never = l4::Time::never();

/// What a receiver has seen.
struct Seen {
    Word volatile done = 0, from = 0, tag = 0, actual = 0, intended = 0, word = 0, code = 0;
};
constinit Seen seen{};

void note_message(ThreadId from, Message const& message)
{
    seen.from = from.raw();
    seen.tag = message.tag().raw();
    seen.actual = l4::my_utcb().virtual_sender;
    seen.intended = l4::my_utcb().intended_receiver;
    seen.word = message.mr(1);
    seen.code = message.tag().is_error() ? l4::last_error() : 0;
    seen.done = 1;
}

void receive_one(Word from)
{
    Message message;
    ThreadId const sender = l4::receive(ThreadId::from_raw(from), message);
    note_message(sender, message);
}

void idle(Word)
{
    for (;;) l4::sleep(l4::Time::milliseconds(1000));
}

/// Sends one word in the name of another; ErrorCode.
Word send_as(Word to, Word name, Word value, Word)
{
    l4::my_utcb().virtual_sender = name;
    Message message;
    message.set_mr(0, l4::MsgTag(label, 0, 1).raw() | L4_TAG_PROPAGATED);
    message.set_mr(1, value);
    return ipc_result(ThreadId::from_raw(to), l4::nilthread, {soon, never}, message);
}

constexpr Word plain = l4::MsgTag{label, 0, 1}.raw(), propagated = plain | L4_TAG_PROPAGATED;

bool arrives(Word tag, ThreadId from)
{
    bool const came = CHECK(wait_for(seen.done, 1)) && CHECK_EQ(seen.code, 0);
    return came && CHECK_EQ(seen.tag, tag) && CHECK_EQ(seen.from, from) && CHECK_EQ(seen.word, 5);
}

void in_the_name_of_a_neighbour()
{
    for (bool const by_local_name : {true, false}) {
        Thread receiver, other;
        seen = {};
        REQUIRE(receiver.start(receive_one, L4_ANYTHREAD) && other.start(idle));
        settle();
        CHECK_EQ(send_as(receiver.id().raw(), (by_local_name ? other.local_id() : other.id()).raw(), 5, 0), 0);
        REQUIRE(arrives(propagated, other.local_id()));
        CHECK_EQ(seen.actual, runner());
    }
}

void in_the_name_of_the_receivers_neighbour()
{
    Task task;
    Thread receiver, other;
    seen = {};
    REQUIRE(task.create() && receiver.start(receive_one, L4_ANYTHREAD) && other.start(idle));
    CHECK(task.run(send_as, receiver.id().raw(), other.id().raw(), 5).is(0));
    REQUIRE(arrives(propagated, other.local_id()));
    CHECK_EQ(seen.actual, task.agent());
}

void in_the_name_of_a_stranger()
{
    Task task, strange;
    REQUIRE(task.create() && strange.create());
    Word const names[] = {strange.agent().raw(), new_id().raw(), L4_NILTHREAD, L4_ANYTHREAD, 0x1'0000'0001};
    for (Word const name : names) {
        Thread receiver;
        seen = {};
        REQUIRE(receiver.start(receive_one, L4_ANYTHREAD));
        CHECK(task.run(send_as, receiver.id().raw(), name, 5).is(0));
        REQUIRE(arrives(plain, task.agent()));
    }
}

void closed_receive_from_either()
{
    Thread other;
    REQUIRE(other.start(idle));
    for (ThreadId const awaited : {other.id(), runner()}) {
        Thread receiver;
        seen = {};
        REQUIRE(receiver.start(receive_one, awaited.raw()));
        settle();
        CHECK_EQ(send_as(receiver.id().raw(), other.id().raw(), 5, 0), 0);
        REQUIRE(arrives(propagated, other.local_id()));
    }
    // A sender in the queue is found by either name as well.
    Thread sender;
    REQUIRE(sender.start([](Word name) { send_as(runner().raw(), name, 5, 0); }, other.id().raw()));
    settle();
    Message message;
    CHECK_EQ(l4::receive(other.id(), message, at_once), other.local_id());
    CHECK_EQ(message.tag().raw(), propagated);
}

constinit Word volatile answer_from = 0;
constinit Word volatile answered = 0;
constinit Word volatile client_code = 0;

void call_one(Word server)
{
    Message message{label};
    answer_from = l4::ipc(ThreadId::from_raw(server), ThreadId::from_raw(server), {soon, never}, message.word(5)).raw();
    client_code = message.tag().is_error() ? l4::last_error() : 0;
    answered = message.mr(1);
}

void serve_one(Word)
{
    Message message;
    ThreadId const from = l4::receive(l4::anythread, message);
    note_message(from, message);
    Message reply{label};
    ipc_result(from, l4::nilthread, {at_once, never}, reply.word(6));
}

void receive_and_sleep(Word)
{
    receive_one(L4_ANYTHREAD);
    idle(0);
}

/// A server that hands a request on: the client now waits for the worker.
void client_waits_for_the_worker()
{
    Thread client, worker;
    seen = {};
    answered = 0;
    REQUIRE(worker.start(serve_one) && client.start(call_one, runner().raw()));
    Message request;
    REQUIRE_EQ(l4::receive(client.id(), request, soon), client.local_id());
    CHECK_EQ(send_as(worker.id().raw(), client.id().raw(), 5, 0), 0);
    REQUIRE(arrives(propagated, client.local_id()));
    // We are nobody to it any more; the worker's answer with timeout zero has found it.
    REQUIRE(wait_for(answered, 6));
    CHECK_EQ(answer_from, worker.local_id());
}

void client_hears_of_the_workers_end()
{
    Thread client, worker;
    seen = {};
    client_code = 0;
    REQUIRE(worker.start(receive_and_sleep) && client.start(call_one, runner().raw()));
    Message request;
    REQUIRE_EQ(l4::receive(client.id(), request, soon), client.local_id());
    CHECK_EQ(send_as(worker.id().raw(), client.id().raw(), 5, 0), 0);
    REQUIRE(arrives(propagated, client.local_id()));
    CHECK_EQ(send_result(client.id(), at_once), send_error(L4_IPC_TIMEOUT));
    worker.end();
    REQUIRE(wait_for(client_code, receive_error(L4_IPC_NO_PARTNER)));
}

/// Passes everything on that comes, in its sender's name.
constinit Word volatile passed = 0;
constinit Word volatile last_intended = 0, last_tag = 0;

void pass_on(Word)
{
    for (;;) {
        Message message;
        ThreadId const from = l4::receive(l4::anythread, message);
        last_intended = l4::my_utcb().intended_receiver;
        last_tag = message.tag().raw();
        l4::my_utcb().virtual_sender = from.raw();
        message.set_mr(0, (message.tag().raw() & ~Word{0xf000}) | L4_TAG_PROPAGATED);
        l4::ipc(ThreadId::from_raw(last_intended), l4::nilthread, {never, never}, message);
        passed = passed + 1;
    }
}

bool set_redirector(Task const& task, ThreadId redirector)
{
    l4::SpaceControlIn in{};
    in.space = task.anchor();
    in.redirector = redirector;
    return l4::space_control(in);
}

/// A task whose messages go to a thread of another one, which passes them on; at once, since servers answer with timeout
/// zero.
struct Confined {
    Task task, guard;
    Stack stack;
    ThreadId redirector = l4::nilthread;

    bool create()
    {
        passed = 0;
        redirector = new_id();
        return task.create() && guard.create() &&
               guard.start_thread(redirector, 1, stack, pass_on, 0, priority::helper + 5) &&
               CHECK(set_redirector(task, redirector));
    }
};

Word send_plain(Word to, Word value, Word, Word)
{
    Message message{label};
    return ipc_result(ThreadId::from_raw(to), l4::nilthread, {soon, never}, message.word(value));
}

void redirected()
{
    Confined confined;
    REQUIRE(confined.create());
    Thread receiver;
    seen = {};
    REQUIRE(receiver.start(receive_one, L4_ANYTHREAD));
    // The agent's own answer to us comes the same way.
    CHECK(confined.task.run(send_plain, receiver.id().raw(), 5).is(0));
    REQUIRE(arrives(propagated, confined.task.agent()));
    CHECK_EQ(seen.actual, confined.redirector);
    CHECK_EQ(passed, 2);
    CHECK_EQ(last_intended, runner());
    CHECK_EQ(last_tag & 0xf000, L4_TAG_REDIRECTED);
}

void faults_are_redirected()
{
    Confined confined;
    REQUIRE(confined.create());
    CHECK(confined.task.read(0x3'0000'0000).is_fault(0x3'0000'0000, l4::Rights::r));
    CHECK_EQ(passed, 1);
}

Word call_neighbour(Word to, Word, Word, Word)
{
    Message message{label};
    return ipc_result(ThreadId::from_raw(to), l4::nilthread, {soon, never}, message.word(5));
}

void not_redirected()
{
    Confined confined;
    REQUIRE(confined.create());
    // Within the space, and to the redirector's space.
    for (Task* const home : {&confined.task, &confined.guard}) {
        Stack stack;
        ThreadId const neighbour = new_id();
        seen = {};
        REQUIRE(home->start_thread(neighbour, 2, stack, receive_one, L4_ANYTHREAD));
        CHECK(confined.task.run(call_neighbour, neighbour.raw()).is(0));
        REQUIRE(wait_for(seen.done, 1));
        CHECK_EQ(seen.tag, plain);
        delete_thread(neighbour);
    }
    CHECK_EQ(last_intended, runner());
}

void redirector_is_taken_away()
{
    Confined confined;
    REQUIRE(confined.create());
    REQUIRE(set_redirector(confined.task, l4::anythread));
    Thread receiver;
    seen = {};
    REQUIRE(receiver.start(receive_one, L4_ANYTHREAD));
    CHECK(confined.task.run(send_plain, receiver.id().raw(), 5).is(0));
    REQUIRE(arrives(plain, confined.task.agent()));
    CHECK_EQ(passed, 0);
}

void no_such_redirector()
{
    Task task;
    REQUIRE(task.create());
    CHECK(!set_redirector(task, new_id()));
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
}

void keep_sending(Word to)
{
    seen.code = send_plain(to, 5, 0, 0);
    seen.done = 1;
}

/// Without its redirector a space is mute.
void redirector_is_deleted()
{
    Confined confined;
    REQUIRE(confined.create());
    delete_thread(confined.redirector);
    Stack stack;
    seen = {};
    ThreadId const sender = new_id();
    Thread receiver;
    REQUIRE(receiver.start(idle));
    REQUIRE(confined.task.start_thread(sender, 2, stack, keep_sending, receiver.id().raw()));
    REQUIRE(wait_for(seen.done, 1));
    CHECK_EQ(seen.code, send_error(L4_IPC_NO_PARTNER));
}

constexpr Case cases[] = {
    {"in the name of a thread of one's own space", "Propagation", in_the_name_of_a_neighbour},
    {"in the name of a thread of the receiver's space", "Propagation", in_the_name_of_the_receivers_neighbour},
    {"in the name of others: an ordinary message", "Propagation", in_the_name_of_a_stranger},
    {"who waits for the one or the other accepts it", "Propagation", closed_receive_from_either},
    {"a client that waits for the server now waits for the worker", "Propagation", client_waits_for_the_worker},
    {"and hears of the worker's end", "Propagation", client_hears_of_the_workers_end},
    {"a message that leaves the space goes to the redirector, which passes it on", "Redirection", redirected},
    {"page faults too", "Redirection", faults_are_redirected},
    {"messages within the space and to the redirector's do not", "Redirection", not_redirected},
    {"anythread takes the redirector away", "SpaceControl, redirector", redirector_is_taken_away},
    {"a thread that does not exist: error 2", "SpaceControl, redirector", no_such_redirector},
    {"a space whose redirector is gone: error 2", "Redirection", redirector_is_deleted},
};

} // namespace

Group const detour_cases{"detours", cases};

} // namespace test
