// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/utcb.hpp>

#include <algorithm>

namespace test {
namespace {

using arena::page;
using arena::view;
using l4::page_size;

constexpr Word label = 0x57a1;
constexpr Word accept_strings = 1, more = 1, compound = 1 << 9;

/// First word of a string item or buffer.
constexpr Word string(Word length, Word pointers = 1, Word bits = 0)
{
    return length << 10 | (pointers - 1) << 4 | bits;
}

/// The words of a message's items, or buffer registers from BR1 on.
struct Words {
    Word count = 0;
    Word at[60]{};

    constexpr Words() = default;
    Words(std::initializer_list<Word> words)
    {
        for (Word const word : words) at[count++] = word;
    }
};

/// What one side does and has seen.
struct Side {
    Words words;
    Word acceptor = accept_strings;
    Word xfer_timeouts = 0;
    Word volatile done = 0, tag = 0, code = 0;
    Word mr[64]{};
    void keep(Message const& message)
    {
        tag = message.tag().raw();
        code = message.tag().is_error() ? l4::last_error() : 0;
        for (unsigned n = 0; n < 64; ++n) mr[n] = message.mr(n);
        done = 1;
    }
};
constinit Side sender_side{}, receiver_side{};

void send_strings(Word to)
{
    Words const& words = sender_side.words;
    l4::my_utcb().xfer_timeouts = sender_side.xfer_timeouts;
    l4::my_utcb().pager = runner().raw();
    Message message;
    message.set_mr(0, l4::MsgTag(label, static_cast<unsigned>(words.count), 0).raw());
    for (unsigned n = 0; n < words.count; ++n) message.set_mr(n + 1, words.at[n]);
    l4::ipc(ThreadId::from_raw(to), l4::nilthread, {l4::Time::never(), l4::Time::never()}, message);
    sender_side.keep(message);
}

void receive_strings(Word)
{
    l4_utcb& utcb = l4::my_utcb();
    utcb.xfer_timeouts = receiver_side.xfer_timeouts;
    utcb.pager = runner().raw();
    utcb.br_descending[L4_BR_COUNT - 1] = receiver_side.acceptor;
    for (unsigned n = 0; n < receiver_side.words.count; ++n)
        utcb.br_descending[L4_BR_COUNT - 2 - n] = receiver_side.words.at[n];
    Message message;
    l4::receive(l4::anythread, message);
    receiver_side.keep(message);
}

/// Two threads of our space; we are their pager and above both.
struct Pair {
    Thread sender, receiver;

    Pair()
    {
        sender_side.~Side();
        new (&sender_side) Side{};
        receiver_side.~Side();
        new (&receiver_side) Side{};
    }
    ~Pair()
    {
        sender.end();
        receiver.end();
        l4::unmap(Fpage::memory(view, 22, l4::Rights::rwx), true);
    }
    /// Who comes last does the work.
    bool start(Words const& items, Words const& buffers, bool sender_comes_last = true)
    {
        sender_side.words = items;
        receiver_side.words = buffers;
        if (!sender.create() || !receiver.create()) return false;
        if (!(sender_comes_last ? begin_receiver() : begin_sender())) return false;
        l4::sleep(l4::Time::milliseconds(1));
        return sender_comes_last ? begin_sender() : begin_receiver();
    }
    bool begin_sender() { return sender.begin(send_strings, receiver.id().raw()); }
    bool begin_receiver() { return receiver.begin(receive_strings); }
    bool wait() const { return CHECK(wait_for(sender_side.done, 1)) && CHECK(wait_for(receiver_side.done, 1)); }
    bool succeed(Words const& items, Words const& buffers)
    {
        return start(items, buffers) && wait() && CHECK_EQ(sender_side.code, 0) && CHECK_EQ(receiver_side.code, 0);
    }
    /// Error and offset for both.
    void expect(Word sender_error, Word receiver_error, Word offset) const
    {
        if (!wait()) return;
        CHECK_EQ(sender_side.code, offset << 4 | send_error(sender_error));
        CHECK_EQ(receiver_side.code, offset << 4 | receive_error(receiver_error));
        Word const tag = l4::MsgTag(label, static_cast<unsigned>(sender_side.words.count), 0).raw() | L4_TAG_ERROR;
        CHECK_EQ(sender_side.tag, tag);
        CHECK_EQ(receiver_side.tag, tag);
    }
    void expect(Word error, Word offset) const { expect(error, error, offset); }
};

unsigned char* bytes_at(Word address) { return reinterpret_cast<unsigned char*>(address); }
unsigned char pattern(Word n) { return static_cast<unsigned char>(n * 7 + n / 251 + 1); }

constexpr Word source_page = 0, target_page = 512;

/// A MiB of pattern, and as much of nothing.
bool fill()
{
    if (!arena::reset_small(1024)) return false;
    for (Word n = 0; n < 256 * page_size; ++n) bytes_at(page(source_page))[n] = pattern(n);
    std::fill_n(bytes_at(page(target_page)), 256 * page_size, static_cast<unsigned char>(0));
    return true;
}
Word source(Word offset = 0) { return page(source_page) + offset; }
Word target(Word offset = 0) { return page(target_page) + offset; }
/// `count` bytes of pattern from `first` on stand at `address`, and behind them what was there.
bool holds(Word address, Word first, Word count)
{
    for (Word n = 0; n < count; ++n)
        if (!CHECK_EQ(bytes_at(address)[n], pattern(first + n))) return false;
    return CHECK_EQ(bytes_at(address)[count], 0);
}

void lengths()
{
    REQUIRE(fill());
    Word const all[] = {0, 1, 7, 4095, 4096, 4097, 12288, 100'000, 1'000'000};
    for (Word const length : all)
        for (Word const shift : {Word{0}, Word{4093}}) {
            REQUIRE(fill());
            Pair pair;
            REQUIRE(pair.succeed({string(length), source(shift)}, {string(1 << 20), target(5)}));
            REQUIRE(holds(target(5), shift, length));
            CHECK_EQ(receiver_side.tag, l4::MsgTag(label, 2, 0));
            CHECK_EQ(receiver_side.mr[1], string(length));
            CHECK_EQ(receiver_side.mr[2], source(shift));
        }
}

void receiver_comes_last()
{
    REQUIRE(fill());
    Pair pair;
    REQUIRE(pair.start({string(600'000), source()}, {string(600'000), target()}, false));
    REQUIRE(pair.wait());
    CHECK_EQ(sender_side.code, 0);
    CHECK_EQ(receiver_side.code, 0);
    holds(target(), 0, 600'000);
}

void gathered()
{
    REQUIRE(fill());
    Pair pair;
    REQUIRE(pair.succeed({string(1000, 3), source(5000), source(0), source(9000)}, {string(4000), target()}));
    for (Word n = 0; n < 1000; ++n) CHECK_EQ(bytes_at(target())[n], pattern(5000 + n));
    for (Word n = 0; n < 1000; ++n) CHECK_EQ(bytes_at(target())[1000 + n], pattern(n));
    holds(target(2000), 9000, 1000);
    CHECK_EQ(receiver_side.mr[4], source(9000));
}

void compound_string()
{
    REQUIRE(fill());
    Pair pair;
    REQUIRE(pair.start({string(100, 2, compound), source(), source(100), string(5000, 1, compound), source(200),
                        string(0), source(), string(7), source()},
                       {string(600'000), target()}));
    // What came behind the compound string's end is a string of its own, for which there is no buffer.
    pair.expect(L4_IPC_OVERFLOW, 5200);
    holds(target(), 0, 5200);
}

void scattered()
{
    REQUIRE(fill());
    Pair pair;
    REQUIRE(pair.succeed({string(3000, 2), source(), source(3000)},
                         {string(10, 2, compound), target(), target(100), string(5000, 1, compound), target(8192),
                          string(2000), target(20000)}));
    holds(target(), 0, 10);
    holds(target(100), 10, 10);
    holds(target(8192), 20, 5000);
    holds(target(20000), 5020, 980);
}

void several_strings()
{
    REQUIRE(fill());
    Pair pair;
    receiver_side.acceptor = accept_strings | L4_COMPLETE_SPACE;
    Item const item = map_item(arena::fpage(300), view);
    REQUIRE(
        pair.succeed({string(100), source(), item.first, item.second, string(200), source(1000), string(0), 0,
                      string(50), source(2000)},
                     {// a compound buffer, of which much is left
                      string(400, 2, compound | more), target(), target(1000), string(10), target(1500),
                      string(300, 1, more), target(2000), string(1, 1, more), target(3000), string(50), target(4000)}));
    holds(target(), 0, 100);
    holds(target(2000), 1000, 200);
    holds(target(4000), 2000, 50);
    CHECK_EQ(arena::word_at(view), arena::mark(300));
}

/// What is wrong with a message that has copied `offset` bytes by then.
void expect_overflow(Words const& items, Words const& buffers, Word offset, Word acceptor = accept_strings)
{
    REQUIRE(fill());
    Pair pair;
    receiver_side.acceptor = acceptor;
    REQUIRE(pair.start(items, buffers));
    pair.expect(L4_IPC_OVERFLOW, offset);
    holds(target(), 0, offset);
}

void not_accepted() { expect_overflow({string(10), source()}, {string(10), target()}, 0, L4_COMPLETE_SPACE); }
void too_short() { expect_overflow({string(10'001), source()}, {string(10'000), target()}, 10'000); }
void no_second_buffer()
{
    expect_overflow({string(4100), source(), string(1), source()}, {string(5000), target()}, 4100);
}
void malformed()
{
    // More pointers than the message has; a continuation that is not there, or is a map item.
    expect_overflow({string(10, 2), source()}, {string(100), target()}, 0);
    expect_overflow({string(10, 1, compound), source()}, {string(100), target()}, 10);
    expect_overflow({string(10, 1, compound), source(), L4_MAP_ITEM(0), 0}, {string(100), target()}, 10);
    // The same in the receiver.
    Words many;
    for (Word n = 0; n < 16; ++n) {
        many.at[many.count++] = string(1, 1, compound);
        many.at[many.count++] = target(n);
    }
    expect_overflow({string(100), source()}, many, 16);
    expect_overflow({string(10), source()}, {L4_MAP_ITEM(0), target()}, 0);
}
void end_of_the_user_area()
{
    expect_overflow({string(100), 0x7fff'ffff'f000}, {string(100), target()}, 0);
    expect_overflow({string(100), 0xffff'8000'0010'0000}, {string(100), target()}, 0);
    expect_overflow({string(100), source()}, {string(100), 0xffff'8100'0000'0000}, 0);
    expect_overflow({string(100), ~Word{0} - 10}, {string(100), target()}, 0);
}

/// The next fault of a party, which we are asked to see to.
bool expect_fault(Thread const& thread, Word address, l4::Rights access)
{
    Message fault;
    ThreadId const from = l4::receive(thread.id(), fault, soon);
    return CHECK(!from.is_nil()) && CHECK_EQ(fault.tag().protocol(), l4::protocol::page_fault) &&
           CHECK_EQ(fault.tag().fault_rights(), access) && CHECK_EQ(fault.mr(1), address);
}
bool map_page(Thread const& thread, Word n, Word where)
{
    Message reply;
    add(reply, {map_item(arena::fpage(n), where)});
    return CHECK(l4::send(thread.id(), reply, soon));
}

void faults_of_the_receiver()
{
    for (bool const sender_comes_last : {true, false}) {
        REQUIRE(fill());
        Pair pair;
        REQUIRE(pair.start({string(9000), source()}, {string(9000), view + 100}, sender_comes_last));
        for (Word n = 0; n < 3; ++n) {
            REQUIRE(expect_fault(pair.receiver, n == 0 ? view + 100 : view + n * page_size, l4::Rights::w));
            CHECK_EQ(l4::schedule({.dest = pair.sender.id()}) & 0xff, 5);
            CHECK_EQ(l4::schedule({.dest = pair.receiver.id()}) & 0xff, 7);
            // An empty answer: asked again.
            Message const nothing;
            if (n == 1) CHECK(l4::send(pair.receiver.id(), nothing, soon));
            if (n == 1) REQUIRE(expect_fault(pair.receiver, view + page_size, l4::Rights::w));
            REQUIRE(map_page(pair.receiver, target_page + n, view + n * page_size));
        }
        REQUIRE(pair.wait());
        CHECK_EQ(sender_side.code, 0);
        CHECK_EQ(receiver_side.code, 0);
        CHECK_EQ(receiver_side.mr[2], source());
        holds(target(100), 0, 9000);
    }
}

void faults_of_the_sender()
{
    for (bool const sender_comes_last : {true, false}) {
        REQUIRE(fill());
        Pair pair;
        REQUIRE(pair.start({string(5000), view + 100}, {string(9000), target()}, sender_comes_last));
        for (Word n = 0; n < 2; ++n) {
            REQUIRE(expect_fault(pair.sender, n == 0 ? view + 100 : view + n * page_size, l4::Rights::r));
            REQUIRE(map_page(pair.sender, source_page + n, view + n * page_size));
        }
        REQUIRE(pair.wait());
        CHECK_EQ(sender_side.code, 0);
        CHECK_EQ(receiver_side.code, 0);
        holds(target(), 100, 5000);
    }
}

void no_right_to_write()
{
    REQUIRE(fill());
    Pair pair;
    REQUIRE(pair.start({string(100), source()}, {string(100), view}));
    REQUIRE(expect_fault(pair.receiver, view, l4::Rights::w));
    Message reply;
    add(reply, {map_item(arena::fpage(target_page, l4::Rights::r), view)});
    REQUIRE(l4::send(pair.receiver.id(), reply, soon));
    REQUIRE(expect_fault(pair.receiver, view, l4::Rights::w));
    REQUIRE(map_page(pair.receiver, target_page, view));
    REQUIRE(pair.wait());
    holds(target(), 0, 100);
}

constexpr Word offset_of_fault = 3 * page_size - 100;

/// A message whose receiver lacks its fourth page.
struct Stuck : Pair {
    bool start(Word sender_timeouts, Word receiver_timeouts)
    {
        sender_side.xfer_timeouts = sender_timeouts;
        receiver_side.xfer_timeouts = receiver_timeouts;
        for (Word n = 0; n < 3; ++n) {
            Message mapping;
            add(mapping, {map_item(arena::fpage(target_page + n), view + n * page_size)});
            Thread helper;
            if (!helper.start(accept_mapping)) return false;
            l4::sleep(l4::Time::milliseconds(1));
            if (!CHECK(l4::send(helper.id(), mapping, soon))) return false;
        }
        return fill() && remap() && Pair::start({string(20'000), source()}, {string(20'000), view + 100});
    }

private:
    static void accept_mapping(Word)
    {
        l4::accept_mappings(Fpage::complete());
        Message message;
        l4::receive(l4::anythread, message);
    }
    /// After fill(), which takes all views away.
    static bool remap()
    {
        Thread helper;
        if (!helper.start(accept_mapping)) return false;
        l4::sleep(l4::Time::milliseconds(1));
        Message mapping;
        add(mapping,
            {map_item(arena::fpage(target_page), view), map_item(arena::fpage(target_page + 1), view + page_size),
             map_item(arena::fpage(target_page + 2), view + 2 * page_size)});
        return CHECK(l4::send(helper.id(), mapping, soon));
    }
};

Word timeouts(l4::Time send, l4::Time receive) { return send.raw() << 16 | receive.raw(); }
constexpr l4::Time never = l4::Time::never();
Word send_timeout(Word milliseconds) { return timeouts(l4::Time::milliseconds(milliseconds), never); }
Word receive_timeout(Word milliseconds) { return timeouts(never, l4::Time::milliseconds(milliseconds)); }

void expect_timeout(Word of_sender, Word of_receiver, bool by_sender)
{
    Stuck pair;
    Word const start = l4::system_clock();
    REQUIRE(pair.start(of_sender, of_receiver));
    REQUIRE(expect_fault(pair.receiver, view + 3 * page_size, l4::Rights::w));
    CHECK_EQ(sender_side.done, 0);
    REQUIRE(wait_for(sender_side.done, 1));
    CHECK(l4::system_clock() - start >= 20'000);
    pair.expect(by_sender ? L4_IPC_XFER_TIMEOUT_MINE : L4_IPC_XFER_TIMEOUT_PARTNER,
                by_sender ? L4_IPC_XFER_TIMEOUT_PARTNER : L4_IPC_XFER_TIMEOUT_MINE, offset_of_fault);
    holds(target(100), 0, offset_of_fault);
}

void transfer_timeouts()
{
    expect_timeout(send_timeout(20), 0, true);
    expect_timeout(0, receive_timeout(20), false);
    expect_timeout(send_timeout(20), receive_timeout(1000), true);
    expect_timeout(send_timeout(1000), receive_timeout(20), false);
    // A send timeout of the receiver, or the other way round, is not meant.
    expect_timeout(timeouts(l4::Time::milliseconds(20), at_once), timeouts(at_once, never), true);
}

void zero_transfer_timeout()
{
    for (bool const of_sender : {true, false}) {
        Stuck pair;
        REQUIRE(pair.start(of_sender ? timeouts(at_once, never) : 0, of_sender ? 0 : timeouts(never, at_once)));
        pair.expect(of_sender ? L4_IPC_XFER_TIMEOUT_MINE : L4_IPC_XFER_TIMEOUT_PARTNER,
                    of_sender ? L4_IPC_XFER_TIMEOUT_PARTNER : L4_IPC_XFER_TIMEOUT_MINE, offset_of_fault);
        // The pager has not been asked.
        CHECK_EQ(receive_result(pair.receiver.id(), at_once), receive_error(L4_IPC_TIMEOUT));
    }
}

void timeout_without_fault()
{
    REQUIRE(fill());
    Pair pair;
    sender_side.xfer_timeouts = timeouts(at_once, at_once);
    receiver_side.xfer_timeouts = timeouts(at_once, at_once);
    REQUIRE(pair.succeed({string(100'000), source()}, {string(100'000), target()}));
}

constexpr Word abort_receive = 2, abort_send = 4;

void aborted_during_a_fault()
{
    for (bool const at_sender : {true, false}) {
        Stuck pair;
        REQUIRE(pair.start(0, 0));
        REQUIRE(expect_fault(pair.receiver, view + 3 * page_size, l4::Rights::w));
        auto const old = l4::exchange_registers({.dest = at_sender ? pair.sender.id() : pair.receiver.id(),
                                                 .control = at_sender ? abort_send : abort_receive});
        CHECK_EQ(old.control & 7, at_sender ? abort_send : abort_receive);
        pair.expect(L4_IPC_ABORTED, offset_of_fault);
        // The answer comes too late.
        CHECK_EQ(send_result(pair.receiver.id(), at_once), send_error(L4_IPC_TIMEOUT));
    }
}

/// The same before the pager has heard of it.
void aborted_before_the_pager_listens()
{
    Stuck pair;
    REQUIRE(pair.start(0, 0));
    l4::sleep(l4::Time::milliseconds(5));
    CHECK_EQ(sender_side.done, 0);
    (void)l4::exchange_registers({.dest = pair.receiver.id(), .control = abort_receive});
    pair.expect(L4_IPC_ABORTED, offset_of_fault);
    CHECK_EQ(receive_result(pair.receiver.id(), at_once), receive_error(L4_IPC_TIMEOUT));
}

void party_deleted_during_a_fault()
{
    {
        Stuck pair;
        REQUIRE(pair.start(0, 0));
        REQUIRE(expect_fault(pair.receiver, view + 3 * page_size, l4::Rights::w));
        pair.receiver.end();
        REQUIRE(wait_for(sender_side.done, 1));
        CHECK_EQ(sender_side.code, offset_of_fault << 4 | send_error(L4_IPC_ABORTED));
    }
    Stuck pair;
    REQUIRE(pair.start(0, 0));
    REQUIRE(expect_fault(pair.receiver, view + 3 * page_size, l4::Rights::w));
    pair.sender.end();
    REQUIRE(wait_for(receiver_side.done, 1));
    CHECK_EQ(receiver_side.code, offset_of_fault << 4 | receive_error(L4_IPC_ABORTED));
}

void do_nothing(Word)
{
    Message message;
    for (;;) l4::receive(l4::anythread, message);
}

void pager_is_gone()
{
    Thread pager;
    REQUIRE(pager.start(do_nothing));
    Stuck pair;
    REQUIRE(pair.start(0, 0));
    REQUIRE(expect_fault(pair.receiver, view + 3 * page_size, l4::Rights::w));
    // From now on another one, which hears of the fault and does not answer; then it is deleted.
    pair.receiver.utcb().pager = pager.id().raw();
    Message const nothing;
    REQUIRE(l4::send(pair.receiver.id(), nothing, soon));
    l4::sleep(l4::Time::milliseconds(2));
    CHECK_EQ(sender_side.done, 0);
    pager.end();
    pair.expect(L4_IPC_ABORTED, offset_of_fault);
}

void no_pager()
{
    Stuck pair;
    REQUIRE(pair.start(0, 0));
    REQUIRE(expect_fault(pair.receiver, view + 3 * page_size, l4::Rights::w));
    pair.receiver.utcb().pager = L4_NILTHREAD;
    Message const nothing;
    REQUIRE(l4::send(pair.receiver.id(), nothing, soon));
    pair.expect(L4_IPC_ABORTED, offset_of_fault);
}

void status_bits()
{
    REQUIRE(fill());
    Pair pair;
    for (Word const n : {source_page, target_page}) l4::unmap(arena::fpage(n, l4::Rights::none), false);
    REQUIRE(pair.succeed({string(100), source()}, {string(100), target()}));
    CHECK_EQ(l4::unmap(arena::fpage(source_page, l4::Rights::none), false).rights(), 5);
    CHECK_EQ(l4::unmap(arena::fpage(target_page, l4::Rights::none), false).rights(), 7);
}

/// Between spaces: the image's globals are the same in both, the views are not.
void between_spaces()
{
    REQUIRE(fill());
    Task task;
    Stack stack;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    for (Word n = 0; n < 3; ++n) REQUIRE(task.map(arena::fpage(target_page + n), view + n * page_size));
    Pair pair;
    receiver_side.words = {string(9000), view + 50};
    ThreadId const receiver = new_id();
    REQUIRE(task.start_thread(receiver, 1, stack, receive_strings, 0));
    l4::sleep(l4::Time::milliseconds(2));
    sender_side.words = {string(9000), source()};
    REQUIRE(pair.sender.create() && pair.sender.begin(send_strings, receiver.raw()));
    REQUIRE(pair.wait());
    CHECK_EQ(receiver_side.code, 0);
    holds(target(50), 0, 9000);
}

void others_need_not_wait()
{
    REQUIRE(fill());
    Pair pair;
    Words items;
    for (Word n = 0; n < 2; ++n) {
        items.at[items.count++] = string(1'000'000, 29, n == 0 ? compound : 0);
        for (Word k = 0; k < 29; ++k) items.at[items.count++] = source();
    }
    Words buffers{string(1'000'000, 30, compound)};
    for (Word k = 0; k < 30; ++k) buffers.at[buffers.count++] = target();
    Word best = ~Word{0};
    REQUIRE(pair.start(items, buffers));
    Word last = l4::system_clock(), longest = 0;
    Word const start = last;
    while (sender_side.done == 0 && last - start < 8'000'000) {
        l4::sleep(l4::Time::microseconds(200));
        Word const now = l4::system_clock();
        longest = std::max(longest, now - last);
        last = now;
    }
    best = std::min(best, longest);
    NOTE("30 MB in {} us; a thread of higher priority was away for {} us at most", last - start, longest);
    CHECK(best * 2 < last - start);
    pair.expect(L4_IPC_OVERFLOW, 30'000'000);
}

constexpr Case cases[] = {
    {"strings of all lengths, aligned or not, and the item in the receiver's registers", "String items", lengths},
    {"a sender in the queue", "String items", receiver_comes_last},
    {"substrings are gathered", "String items, simple strings", gathered},
    {"compound strings are gathered", "String items, compound strings", compound_string},
    {"scattered into buffers of other sizes", "String buffers", scattered},
    {"several strings, a map item between them; what is left of a buffer is skipped", "String buffers",
     several_strings},
    {"strings are not accepted: overflow", "Acceptor", not_accepted},
    {"a buffer that is too short: overflow at the byte", "Message overflow", too_short},
    {"no buffer for the second string: overflow behind the first", "Message overflow", no_second_buffer},
    {"items and buffers that are cut off", "Message overflow", malformed},
    {"addresses that no user can have", "Message overflow", end_of_the_user_area},
    {"page faults of the receiver", "Transfer faults", faults_of_the_receiver},
    {"page faults of the sender", "Transfer faults", faults_of_the_sender},
    {"a page that cannot be written", "Transfer faults", no_right_to_write},
    {"transfer timeouts: the shorter one's party gets 5, the other 6", "Transfer timeouts", transfer_timeouts},
    {"zero: the first fault ends it, no pager is asked", "Transfer timeouts", zero_transfer_timeout},
    {"without a fault they do not run", "Transfer timeouts", timeout_without_fault},
    {"aborted during a fault: error 7 on both sides, with the offset", "ExchangeRegisters", aborted_during_a_fault},
    {"aborted before the pager listens", "ExchangeRegisters", aborted_before_the_pager_listens},
    {"a party deleted during a fault: error 7 for the other", "ThreadControl", party_deleted_during_a_fault},
    {"the pager is deleted: error 7", "Transfer faults", pager_is_gone},
    {"no pager: error 7", "Transfer faults", no_pager},
    {"the pages count as read and written", "Unmap, status bits", status_bits},
    {"between two spaces", "String items", between_spaces},
    {"30 MB: others need not wait", "Ipc", others_need_not_wait, 20},
};

} // namespace

Group const string_cases{"strings", cases};

} // namespace test
