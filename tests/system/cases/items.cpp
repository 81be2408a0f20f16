// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/utcb.hpp>

namespace test {
namespace {

using arena::fpage;
using arena::mark;
using arena::view;
using l4::MsgTag;
using l4::Rights;

constinit Word volatile receiver_tag = 0;
constinit Word volatile receiver_code = 0;
constinit Word volatile receiver_done = 0;
constinit Word volatile receiver_words[8]{};

/// Receives one message with this acceptor and keeps what it saw.
void receive_once(Word acceptor)
{
    l4::my_utcb().br_descending[L4_BR_COUNT - 1] = acceptor;
    Message message;
    l4::receive(l4::anythread, message);
    receiver_tag = message.tag().raw();
    receiver_code = message.tag().is_error() ? l4::last_error() : 0;
    for (unsigned n = 0; n < 8; ++n) receiver_words[n] = l4::my_utcb().mr[n];
    receiver_done = 1;
}

/// A thread in a task of its own that receives one message.
struct Receiver {
    Task task;
    Stack stack;
    ThreadId id = l4::nilthread;

    bool start(Word acceptor)
    {
        receiver_done = 0;
        id = new_id();
        return task.create() && task.start_thread(id, 1, stack, receive_once, acceptor);
    }
};

constexpr Word label = 0x7e57;

/// Words behind MR0 as they are, with this tag; both sides get a message overflow and see how far the message came.
void expect_overflow(Word acceptor, MsgTag tag, std::initializer_list<Word> words)
{
    Receiver receiver;
    REQUIRE(receiver.start(acceptor));
    settle();
    Message message;
    unsigned n = 1;
    for (Word const word : words) message.set_mr(n++, word);
    message.set_mr(0, tag.raw());
    CHECK_EQ(ipc_result(receiver.id, l4::nilthread, {soon, soon}, message), send_error(L4_IPC_OVERFLOW));
    CHECK_EQ(message.tag(), tag.raw() | L4_TAG_ERROR);
    REQUIRE(wait_for(receiver_done, 1));
    CHECK_EQ(receiver_code, receive_error(L4_IPC_OVERFLOW));
    CHECK_EQ(receiver_tag, tag.raw() | L4_TAG_ERROR);
}

constexpr Word nothing_accepted = 0;
constexpr Word all_accepted = L4_COMPLETE_SPACE;

void no_window()
{
    REQUIRE(arena::reset_small(1));
    expect_overflow(nothing_accepted, MsgTag(label, 2, 1), {0x11, L4_MAP_ITEM(view), fpage(0).raw()});
    CHECK_EQ(receiver_words[1], 0x11);
}

void no_window_for_a_refusal() { expect_overflow(nothing_accepted, MsgTag(label, 2, 0), {L4_MAP_ITEM(0), L4_NILPAGE}); }

void no_window_for_a_grant()
{
    REQUIRE(arena::reset_small(1));
    expect_overflow(nothing_accepted, MsgTag(label, 2, 0), {L4_GRANT_ITEM(view), fpage(0).raw()});
    // What was not taken is still here.
    CHECK_EQ(arena::word_at(arena::page(0)), mark(0));
}

void string_not_accepted()
{
    static constinit char text[] = "a string that nobody wants";
    expect_overflow(all_accepted, MsgTag(label, 2, 0), {Word{sizeof text} << 10, reinterpret_cast<Word>(text)});
}

void half_an_item()
{
    expect_overflow(all_accepted, MsgTag(label, 1, 0), {L4_MAP_ITEM(view)});
    expect_overflow(all_accepted, MsgTag(label, 1, 2), {1, 2, L4_GRANT_ITEM(view)});
}

void unknown_item()
{
    expect_overflow(all_accepted, MsgTag(label, 2, 0), {0xe, fpage(0).raw()});
    expect_overflow(all_accepted, MsgTag(label, 2, 0), {0xc, fpage(0).raw()});
}

/// Nothing of it can be transferred, so there is no tag to keep.
void too_many_words()
{
    Receiver receiver;
    REQUIRE(receiver.start(all_accepted));
    settle();
    Message message;
    message.set_mr(0, MsgTag(label, 60, 4).raw());
    CHECK_EQ(ipc_result(receiver.id, l4::nilthread, {soon, soon}, message), send_error(L4_IPC_OVERFLOW));
    CHECK_EQ(message.tag(), L4_TAG_ERROR);
    REQUIRE(wait_for(receiver_done, 1));
    CHECK_EQ(receiver_code, receive_error(L4_IPC_OVERFLOW));
    CHECK_EQ(receiver_tag, L4_TAG_ERROR);
}

void items_before_the_error_stay()
{
    REQUIRE(arena::reset_small(2));
    Receiver receiver;
    REQUIRE(receiver.start(all_accepted));
    settle();
    Message message{label};
    add(message, {map_item(fpage(0), view), {0xe, 0}, map_item(fpage(1), view + 0x1000)});
    CHECK_EQ(ipc_result(receiver.id, l4::nilthread, {soon, soon}, message), send_error(L4_IPC_OVERFLOW));
    REQUIRE(wait_for(receiver_done, 1));
    CHECK_EQ(receiver_code, receive_error(L4_IPC_OVERFLOW));
    CHECK(receiver.task.can_read(view, mark(0)));
    CHECK(receiver.task.cannot_read(view + 0x1000));
}

/// An overflow while the sender waited in the queue, seen by the receiver that comes.
constinit Word volatile sender_code = 0;
constinit Word volatile sender_done = 0;

void send_mapping(Word to)
{
    Message message{label};
    add(message, {map_item(fpage(0), view)});
    sender_code = ipc_result(ThreadId::from_raw(to), l4::nilthread, {soon, soon}, message);
    sender_done = 1;
}

void queued_sender()
{
    REQUIRE(arena::reset_small(1));
    sender_done = 0;
    Thread sender;
    REQUIRE(sender.start(send_mapping, runner().raw()));
    settle();
    CHECK_EQ(sender_done, 0);
    l4::accept_mappings(Fpage{});
    CHECK_EQ(receive_result(l4::anythread, at_once), receive_error(L4_IPC_OVERFLOW));
    REQUIRE(wait_for(sender_done, 1));
    CHECK_EQ(sender_code, send_error(L4_IPC_OVERFLOW));
}

/// The receive phase of a call that fails in its send phase does not happen.
void no_receive_phase()
{
    Receiver receiver;
    REQUIRE(receiver.start(nothing_accepted));
    settle();
    Message message{label};
    add(message, {map_item(Fpage{}, 0)});
    CHECK_EQ(ipc_result(receiver.id, receiver.id, {soon, soon}, message), send_error(L4_IPC_OVERFLOW));
}

/// The window is looked at when the message comes, not when the wait began.
void acceptor_is_read_late()
{
    REQUIRE(arena::reset_small(1));
    receiver_done = 0;
    Thread helper;
    REQUIRE(helper.start(receive_once, nothing_accepted));
    settle();
    helper.utcb().br_descending[L4_BR_COUNT - 1] = L4_COMPLETE_SPACE;
    Message message{label};
    add(message, {map_item(fpage(0), view)});
    CHECK_EQ(ipc_result(helper.id(), l4::nilthread, {soon, soon}, message), 0);
    REQUIRE(wait_for(receiver_done, 1));
    CHECK_EQ(receiver_code, 0);
    l4::unmap(fpage(0), false);
}

void rights_of_the_window_do_not_matter()
{
    REQUIRE(arena::reset_small(1));
    Receiver receiver;
    REQUIRE(receiver.start(Fpage::memory(view, 12, Rights::none).raw()));
    settle();
    Message message{label};
    add(message, {map_item(fpage(0), 0)});
    CHECK_EQ(ipc_result(receiver.id, l4::nilthread, {soon, soon}, message), 0);
    CHECK(receiver.task.can_write(view, 1));
}

/// Text messages to a receiver that accepts mappings, and the other way round: items are not needed.
void words_only()
{
    Receiver receiver;
    REQUIRE(receiver.start(all_accepted));
    Message message{label};
    CHECK_EQ(ipc_result(receiver.id, l4::nilthread, {soon, soon}, message.word(4)), 0);
    REQUIRE(wait_for(receiver_done, 1));
    CHECK_EQ(receiver_words[1], 4);
}

constexpr Case cases[] = {
    {"a map item without a window: overflow on both sides, tag and words kept", "Message overflow", no_window},
    {"also for the nil flexpage of a refusal", "Message overflow", no_window_for_a_refusal},
    {"a grant item without a window: the page stays", "Message overflow", no_window_for_a_grant},
    {"a string that is not accepted", "Message overflow", string_not_accepted},
    {"half an item", "Message overflow", half_an_item},
    {"an item of no known type", "Message overflow", unknown_item},
    {"more than 63 words", "Message overflow", too_many_words},
    {"items in front of the error stay in effect", "Message overflow", items_before_the_error_stay},
    {"a sender in the queue hears of it", "Message overflow", queued_sender},
    {"a call ends with it", "Message overflow", no_receive_phase},
    {"the acceptor counts at the time of the transfer", "Acceptor", acceptor_is_read_late},
    {"a window has no rights", "Acceptor", rights_of_the_window_do_not_matter},
    {"words go to a receiver that accepts mappings", "Acceptor", words_only},
};

} // namespace

Group const item_cases{"items", cases};

} // namespace test
