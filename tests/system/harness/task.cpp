// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/harness/task.hpp"

#include "tests/system/harness/check.hpp"

#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/syscall.hpp>

namespace test {

namespace {

// Labels between runner and agents, and between agents.
constexpr Word label_ready = 0x70;
constexpr Word label_run = 0x71;     // MR1 function, MR2..5 arguments
constexpr Word label_deliver = 0x72; // map items
constexpr Word label_done = 0x73;    // MR1 value, MR2 ErrorCode

constexpr Word image_base = 0x400000;
constexpr unsigned image_log2 = 21;
constexpr l4::Range image{image_base, image_base + (Word{1} << image_log2)};
constexpr l4::Timeouts patience{l4::Time::milliseconds(1000), l4::Time::milliseconds(4000)};

/// Like Message::word, for a tag that has no items yet.
Message execute(Message const& request)
{
    Message answer{label_done};
    if (request.tag().label() == label_deliver) return answer.word(request.tag().typed()).word(0);
    if (request.tag().label() != label_run) return answer.word(~Word{0}).word(~Word{0});
    auto const function = reinterpret_cast<Function>(request.mr(1));
    Word const value = function(request.mr(2), request.mr(3), request.mr(4), request.mr(5));
    return answer.word(value).word(l4::last_error());
}

void agent_main(Word boss)
{
    Message message{label_ready};
    ThreadId to = ThreadId::from_raw(boss);
    for (;;) {
        // A failed receive (a delivery that did not fit) is the sender's business as well; wait for the next.
        to = l4::reply_wait(to, message);
        if (!to.is_nil()) message = execute(message);
    }
}

Outcome::Kind kind_of(Message const& message)
{
    if (message.tag().label() == label_done) return Outcome::Kind::done;
    if (message.tag().label() == l4::protocol::exception) return Outcome::Kind::exception;
    if (message.tag().protocol() == l4::protocol::page_fault) return Outcome::Kind::page_fault;
    if (message.tag().protocol() == l4::protocol::io_fault) return Outcome::Kind::io_fault;
    return Outcome::Kind::other;
}

Outcome outcome_of(Message const& message)
{
    Outcome outcome;
    outcome.message = message;
    if (message.tag().is_error()) {
        outcome.kind = Outcome::Kind::ipc_error;
        outcome.error = l4::last_error();
        return outcome;
    }
    outcome.kind = kind_of(message);
    if (outcome.is_done()) {
        outcome.value = message.mr(1);
        outcome.error = message.mr(2);
    }
    return outcome;
}

/// If it is a fault in the image it is answered, until something else comes.
Outcome outside_image(ThreadId from, Outcome outcome)
{
    while (outcome.kind == Outcome::Kind::page_fault && image.contains(outcome.message.mr(1))) {
        Message reply{0};
        add(reply, {map_item(image_page(), image_base)});
        l4::ipc(from, from, patience, reply);
        outcome = outcome_of(reply);
    }
    return outcome;
}

} // namespace

Outcome wait_for_message(ThreadId from)
{
    Message message;
    l4::receive(from, message, patience.receive);
    return outside_image(from, outcome_of(message));
}

Outcome exchange(ThreadId with, Message const& message)
{
    Message copy = message;
    l4::ipc(with, with, patience, copy);
    return outside_image(with, outcome_of(copy));
}

void answer_image_faults(ThreadId from)
{
    constexpr l4::Time a_while = l4::Time::milliseconds(20);
    for (;;) {
        Message message;
        l4::receive(from, message, a_while);
        Outcome const outcome = outcome_of(message);
        if (outcome.kind != Outcome::Kind::page_fault || !image.contains(outcome.message.mr(1))) return;
        Message reply{0};
        add(reply, {map_item(image_page(), image_base)});
        if (!l4::send(from, reply, patience.send)) return;
    }
}

Fpage image_page() { return Fpage::memory(image_base, image_log2, l4::Rights::rwx); }

Message& add(Message& message, std::initializer_list<Item> items)
{
    for (Item const item : items) {
        l4::MsgTag const tag = message.tag();
        unsigned const next = tag.untyped() + tag.typed() + 1;
        message.set_mr(next, item.first);
        message.set_mr(next + 1, item.second);
        message.set_mr(0, l4::MsgTag{tag.label(), tag.typed() + 2, tag.untyped()}.raw());
    }
    return message;
}

bool Task::create_space(TaskLayout const& layout)
{
    end();
    layout_ = layout;
    anchor_ = new_id();
    agent_ = new_id();
    ThreadId const me = l4::my_global_id();
    bool const has_quota = layout.quota_frames != 0;
    return CHECK(l4::thread_control({.dest = anchor_, .space = anchor_, .scheduler = me})) &&
           CHECK(l4::space_control({.space = anchor_,
                                    .control = has_quota ? Word{1} << 61 : 0,
                                    .kip_area = layout.kip_area,
                                    .utcb_area = layout.utcb_area,
                                    .quota_frames = layout.quota_frames}));
}

bool Task::create(TaskLayout const& layout) { return create_space(layout) && start_agent(); }

bool Task::start_agent()
{
    ThreadId const me = l4::my_global_id();
    Word const sp = stack_.prepare({agent_main, me.raw(), l4::nilthread, me});
    if (!CHECK(l4::thread_control(
            {.dest = agent_, .space = anchor_, .scheduler = me, .pager = me, .utcb_location = location(0)})) ||
        !CHECK(l4::set_priority(agent_, layout_.priority)) || !CHECK(l4::start_thread(agent_, test_thread(sp))))
        return false;
    Outcome const first = wait_for_message(agent_);
    // It may come by a redirector.
    return CHECK_EQ(first.message.tag().raw() & ~L4_TAG_PROPAGATED, l4::MsgTag(label_ready, 0, 0)) &&
           (window_.is_nil() || set_window(window_));
}

bool Task::restart()
{
    delete_thread(agent_);
    agent_ = next_version(agent_);
    return start_agent();
}

void Task::end()
{
    if (!agent_.is_nil()) delete_thread(agent_);
    if (!anchor_.is_nil()) delete_thread(anchor_);
    agent_ = anchor_ = l4::nilthread;
    window_ = Fpage{};
}

Outcome Task::begin(Function function, Word a, Word b, Word c, Word d)
{
    return exchange(agent_, Message{label_run}.word(reinterpret_cast<Word>(function)).word(a).word(b).word(c).word(d));
}

Outcome Task::answer(Message const& message) { return exchange(agent_, message); }

Outcome Task::run(Function function, Word a, Word b, Word c, Word d)
{
    Outcome const outcome = begin(function, a, b, c, d);
    if (!outcome.is_done()) restart();
    return outcome;
}

bool Task::set_window(Fpage window)
{
    window_ = window;
    return CHECK(begin(do_set_window, window.raw()).is_done());
}

Outcome Task::deliver(std::initializer_list<Item> items)
{
    Message message{label_deliver};
    return exchange(agent_, add(message, items));
}

Outcome Task::read(Word address) { return run(do_read, address); }
Outcome Task::write(Word address, Word value) { return run(do_write, address, value); }
Outcome Task::execute(Word address) { return run(do_execute, address); }
Outcome Task::unmap(Fpage page, bool flush) { return run(do_unmap, page.raw(), flush ? 1 : 0); }

Outcome Task::forward(Task const& to, Item item) { return run(do_forward, to.agent().raw(), item.first, item.second); }

bool Task::start_thread(ThreadId id, Word n, Stack& stack, Entry entry, Word argument, Word priority)
{
    ThreadId const me = l4::my_global_id();
    Word const sp = stack.prepare({entry, argument, l4::nilthread, me});
    return CHECK(l4::thread_control(
               {.dest = id, .space = anchor_, .scheduler = me, .pager = me, .utcb_location = location(n)})) &&
           CHECK(l4::set_priority(id, priority)) && CHECK(l4::start_thread(id, test_thread(sp)));
}

// Each is a single access, so that the fault's instruction is this function's.

Word do_read(Word address, Word, Word, Word) { return *reinterpret_cast<Word const volatile*>(address); }

Word do_write(Word address, Word value, Word, Word)
{
    *reinterpret_cast<Word volatile*>(address) = value;
    return value;
}

Word do_execute(Word address, Word, Word, Word) { return reinterpret_cast<Word (*)()>(address)(); }

Word do_unmap(Word page, Word flush, Word, Word) { return l4::unmap(Fpage::from_raw(page), flush != 0).raw(); }

Word do_forward(Word to, Word first, Word second, Word)
{
    Message message{label_deliver};
    add(message, {{first, second}});
    return l4::call(ThreadId::from_raw(to), message, patience) ? message.mr(1) : ~l4::last_error();
}

Word do_set_window(Word window, Word, Word, Word)
{
    l4::accept_mappings(Fpage::from_raw(window));
    return 0;
}

} // namespace test
