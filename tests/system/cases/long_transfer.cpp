// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/utcb.hpp>

/// What happens to a message that takes long while it is in transfer: here one that maps thirty thousand pages.
namespace test {
namespace {

using arena::view;

constexpr Word items = 31;
constexpr Word label = 0x10e6;

/// What one side has seen.
struct Side {
    Word volatile done = 0, tag = 0, code = 0;
    void keep(Message const& message)
    {
        tag = message.tag().raw();
        code = message.tag().is_error() ? l4::last_error() : 0;
        done = 1;
    }
};
constinit Side sent{}, received{};

void send_much(Word to)
{
    Message message{label};
    for (Word n = 0; n < items; ++n) add(message, {map_item(arena::whole(), view + n * arena::size)});
    l4::ipc(ThreadId::from_raw(to), l4::nilthread, {l4::Time::never(), l4::Time::never()}, message);
    sent.keep(message);
}

void receive_much(Word)
{
    l4::accept_mappings(Fpage::complete());
    Message message;
    l4::receive(l4::anythread, message);
    received.keep(message);
}

/// Two threads of our space with the message between them. We are above both.
struct Pair {
    Thread sender, receiver;

    ~Pair()
    {
        sender.end();
        receiver.end();
        for (Word n = 0; n < items; ++n) l4::unmap(Fpage::memory(view + n * arena::size, 22, l4::Rights::rwx), true);
    }
    /// Who comes last does the work.
    bool start(bool sender_comes_last)
    {
        sent = {};
        received = {};
        if (!arena::reset_small(1024)) return false;
        if (!sender.create() || !receiver.create()) return false;
        bool const first = sender_comes_last ? receiver.begin(receive_much) : sender.begin(send_much, to());
        l4::sleep(l4::Time::milliseconds(2));
        bool const second = sender_comes_last ? sender.begin(send_much, to()) : receiver.begin(receive_much);
        // A tenth of it is done by now, or so.
        l4::sleep(l4::Time::milliseconds(3));
        return CHECK(first) && CHECK(second) && CHECK_EQ(sent.done, 0) && CHECK_EQ(received.done, 0);
    }
    Word to() const { return receiver.id().raw(); }
    bool wait() const { return CHECK(wait_for(sent.done, 1)) && CHECK(wait_for(received.done, 1)); }
};

constexpr l4::MsgTag tag{label, 2 * items, 0};

void check_success()
{
    CHECK_EQ(sent.code, 0);
    CHECK_EQ(received.code, 0);
    CHECK_EQ(received.tag, tag);
    CHECK_EQ(arena::word_at(view + (items - 1) * arena::size), arena::mark(0));
}

void check_abort()
{
    CHECK_EQ(sent.code, send_error(L4_IPC_ABORTED));
    CHECK_EQ(received.code, receive_error(L4_IPC_ABORTED));
    CHECK_EQ(sent.tag, tag.raw() | L4_TAG_ERROR);
    CHECK_EQ(received.tag, tag.raw() | L4_TAG_ERROR);
    // What has been done stays.
    CHECK_EQ(arena::word_at(view), arena::mark(0));
}

void for_both_orders(void (*run)(Pair&))
{
    for (bool const sender_comes_last : {true, false}) {
        Pair pair;
        REQUIRE(pair.start(sender_comes_last));
        run(pair);
    }
}

void comes_to_its_end()
{
    for_both_orders([](Pair& pair) {
        REQUIRE(pair.wait());
        check_success();
    });
}

void states()
{
    for_both_orders([](Pair& pair) {
        CHECK_EQ(l4::schedule({.dest = pair.sender.id()}) & 0xff, 5);
        CHECK_EQ(l4::schedule({.dest = pair.receiver.id()}) & 0xff, 7);
        CHECK_EQ(l4::exchange_registers({.dest = pair.sender.id()}).control & 7, 4);
        CHECK_EQ(l4::exchange_registers({.dest = pair.receiver.id()}).control & 7, 2);
        REQUIRE(pair.wait());
        check_success();
    });
}

/// H with h, and S or R.
constexpr Word abort_receive = 2, abort_send = 4, halt = 0x101, resume = 0x100;

void aborted_by_its_sender()
{
    for_both_orders([](Pair& pair) {
        // The other phase's bit is none of its business.
        (void)l4::exchange_registers({.dest = pair.sender.id(), .control = abort_receive});
        CHECK_EQ(sent.done, 0);
        (void)l4::exchange_registers({.dest = pair.sender.id(), .control = abort_send});
        REQUIRE(pair.wait());
        check_abort();
    });
}

void aborted_by_its_receiver()
{
    for_both_orders([](Pair& pair) {
        (void)l4::exchange_registers({.dest = pair.receiver.id(), .control = abort_receive});
        REQUIRE(pair.wait());
        check_abort();
    });
}

/// A message goes on although both are halted; each stops before its next instruction.
void halted()
{
    for_both_orders([](Pair& pair) {
        (void)l4::exchange_registers({.dest = pair.sender.id(), .control = halt});
        (void)l4::exchange_registers({.dest = pair.receiver.id(), .control = halt});
        // However long the machine takes for it.
        for (unsigned n = 0; n < 100 && (l4::exchange_registers({.dest = pair.receiver.id()}).control & 7) != 1; ++n)
            l4::sleep(l4::Time::milliseconds(100));
        CHECK_EQ(l4::schedule({.dest = pair.sender.id()}) & 0xff, 2);
        CHECK_EQ(l4::exchange_registers({.dest = pair.sender.id()}).control & 7, 1);
        CHECK_EQ(l4::exchange_registers({.dest = pair.receiver.id()}).control & 7, 1);
        CHECK_EQ(arena::word_at(view + (items - 1) * arena::size), arena::mark(0));
        CHECK_EQ(sent.done, 0);
        CHECK_EQ(received.done, 0);
        (void)l4::exchange_registers({.dest = pair.sender.id(), .control = resume});
        (void)l4::exchange_registers({.dest = pair.receiver.id(), .control = resume});
        REQUIRE(pair.wait());
        check_success();
    });
}

void sender_deleted()
{
    for_both_orders([](Pair& pair) {
        pair.sender.end();
        REQUIRE(wait_for(received.done, 1));
        CHECK_EQ(received.code, receive_error(L4_IPC_ABORTED));
    });
}

void receiver_deleted()
{
    for_both_orders([](Pair& pair) {
        pair.receiver.end();
        REQUIRE(wait_for(sent.done, 1));
        CHECK_EQ(sent.code, send_error(L4_IPC_ABORTED));
    });
}

/// A third thread's message waits until the receiver is free again.
void others_wait()
{
    for_both_orders([](Pair& pair) {
        CHECK_EQ(send_result(pair.receiver.id(), at_once), send_error(L4_IPC_TIMEOUT));
        CHECK_EQ(receive_result(pair.sender.id(), at_once), receive_error(L4_IPC_TIMEOUT));
        REQUIRE(pair.wait());
        check_success();
    });
}

void compute(Word)
{
    for (;;) spin(1000);
}

/// Who comes second is below a thread that computes: the other party, which is above it, must not wait for that.
void moved_at_the_higher_priority()
{
    constexpr Word above = priority::helper, computing = above - 10, below = above - 20;
    for (bool const sender_comes_last : {true, false}) {
        sent = {};
        received = {};
        REQUIRE(arena::reset_small(1024));
        Pair pair;
        Thread busy;
        REQUIRE(pair.sender.create(sender_comes_last ? below : above));
        REQUIRE(pair.receiver.create(sender_comes_last ? above : below));
        // The higher one comes first and waits; then the lower one gets as far as its Ipc before the third computes.
        REQUIRE(sender_comes_last ? pair.receiver.begin(receive_much) : pair.sender.begin(send_much, pair.to()));
        l4::sleep(l4::Time::milliseconds(2));
        REQUIRE(sender_comes_last ? pair.sender.begin(send_much, pair.to()) : pair.receiver.begin(receive_much));
        l4::sleep(l4::Time::milliseconds(1));
        REQUIRE(busy.start(compute, 0, computing));
        REQUIRE(wait_for(sender_comes_last ? received.done : sent.done, 1));
        busy.end();
        REQUIRE(pair.wait());
        check_success();
    }
}

constexpr Case cases[] = {
    {"a long message arrives, whoever came first", "Ipc", comes_to_its_end},
    {"both parties' states are 'sending' and 'receiving'", "Schedule; ExchangeRegisters", states},
    {"aborted at its sender: error 7 on both sides", "ExchangeRegisters, S", aborted_by_its_sender},
    {"aborted at its receiver: error 7 on both sides", "ExchangeRegisters, R", aborted_by_its_receiver},
    {"halting both does not touch it", "ExchangeRegisters, H", halted},
    {"its sender is deleted: error 7 for the receiver", "ThreadControl", sender_deleted},
    {"its receiver is deleted: error 7 for the sender", "ThreadControl", receiver_deleted},
    {"nobody else gets in between", "Ipc", others_wait},
    {"it is moved at the higher of the two priorities", "Scheduling", moved_at_the_higher_priority},
};

} // namespace

Group const long_transfer_cases{"long transfer", cases};

} // namespace test
