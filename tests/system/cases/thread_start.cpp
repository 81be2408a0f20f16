// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/registers.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.h>
#include <l4/utcb.hpp>

namespace test {
namespace {

using l4::Time;

constexpr Word initial_flags = 0x202;

constinit Word volatile started = 0;
constinit Word volatile argument_seen = 0;

void note_start(Word argument)
{
    argument_seen = argument;
    started = 1;
}

/// Behind test_landing: the registers are stored, RSP is our own stack.
void after_landing()
{
    started = 1;
    l4::sleep(Time::never());
}

/// A thread that starts at test_landing, with the stack of `thread` for what follows.
void prepare_landing(Thread& thread)
{
    started = 0;
    test_landing_registers = distinct_registers(0x777);
    test_landing_stack = thread.stack().top() - 64 - 8; // as if called
    test_landing_next = reinterpret_cast<char const*>(&after_landing);
}

constexpr Word odd_stack = 0x123450;

void by_message()
{
    Thread thread;
    prepare_landing(thread);
    REQUIRE(thread.create());
    REQUIRE(l4::send(thread.id(), Message{0x5432}.word(reinterpret_cast<Word>(&test_landing)).word(odd_stack), soon));
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(test_landing_registers.rsp, odd_stack);
    CHECK_EQ(test_landing_registers.rflags & ~Word{0x8d5}, initial_flags);
}

/// Registers of a new thread are undefined, but nothing of others: all zero here, or values that the kernel chose.
void no_registers_leak()
{
    Registers seen[2];
    for (Registers& registers : seen) {
        Thread thread;
        prepare_landing(thread);
        REQUIRE(thread.create());
        REQUIRE(l4::send(thread.id(), Message{0}.word(reinterpret_cast<Word>(&test_landing)).word(odd_stack), soon));
        REQUIRE(wait_for(started, 1));
        registers = test_landing_registers;
    }
    for (std::size_t n = 1; n < Registers::rsp_index; ++n) {
        CHECK_EQ(seen[0][n], seen[1][n]);
        CHECK(seen[0][n] >> 47 == 0);
    }
}

void by_exchange_registers()
{
    Thread thread;
    prepare_landing(thread);
    REQUIRE(thread.create());
    constexpr Word start = 0x11e; // S, R, s, i, h with H = 0
    auto const result = l4::exchange_registers(
        {.dest = thread.id(), .control = start, .sp = odd_stack, .ip = reinterpret_cast<Word>(&test_landing)});
    CHECK_EQ(result.dest, thread.local_id());
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(test_landing_registers.rsp, odd_stack);
    CHECK_EQ(test_landing_registers.rflags & ~Word{0x8d5}, initial_flags);
}

void by_exchange_registers_with_flags()
{
    Thread thread;
    prepare_landing(thread);
    REQUIRE(thread.create());
    constexpr Word start = 0x13e; // and f
    (void)l4::exchange_registers({.dest = thread.id(),
                                  .control = start,
                                  .sp = odd_stack,
                                  .ip = reinterpret_cast<Word>(&test_landing),
                                  .flags = ~Word{0}});
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(test_landing_registers.rflags, initial_flags | 0x8d5);
}

void set_then_cancel()
{
    // First SP and IP without touching the IPC, then the cancellation: it starts there.
    Thread thread;
    prepare_landing(thread);
    REQUIRE(thread.create());
    (void)l4::exchange_registers(
        {.dest = thread.id(), .control = 0x18, .sp = odd_stack, .ip = reinterpret_cast<Word>(&test_landing)});
    settle();
    CHECK_EQ(started, 0);
    (void)l4::exchange_registers({.dest = thread.id(), .control = 0x106});
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(test_landing_registers.rsp, odd_stack);
}

constinit Word volatile intruder_code = 0;
constinit Word volatile intruder_done = 0;

void send_start_as_stranger(Word to)
{
    Message message{0};
    message.word(reinterpret_cast<Word>(&test_landing)).word(odd_stack);
    intruder_code = ipc_result(ThreadId::from_raw(to), l4::nilthread, {Time::milliseconds(5), at_once}, message);
    intruder_done = 1;
}

void only_by_the_pager()
{
    Thread thread, stranger;
    prepare_landing(thread);
    intruder_done = 0;
    REQUIRE(thread.create());
    REQUIRE(stranger.start(send_start_as_stranger, thread.id().raw()));
    REQUIRE(wait_for(intruder_done, 1));
    CHECK_EQ(intruder_code, send_error(L4_IPC_TIMEOUT));
    CHECK_EQ(started, 0);
    REQUIRE(thread.begin(note_start, 5));
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(argument_seen, 5);
}

/// A message of another length starts the thread where it is: a new one at 0.
void start_message_without_words()
{
    Task task;
    REQUIRE(task.create());
    ThreadId const thread = new_id();
    ThreadId const me = l4::my_global_id();
    REQUIRE(l4::thread_control(
        {.dest = thread, .space = task.anchor(), .scheduler = me, .pager = me, .utcb_location = task.location(3)}));
    Message message{0};
    l4::ipc(thread, thread, {soon, soon}, message);
    CHECK_EQ(message.tag(), l4::MsgTag(L4_LABEL_PAGE_FAULT(L4_RIGHT_X), 0, 2));
    CHECK_EQ(message.mr(1), 0);
    CHECK_EQ(message.mr(2), 0);
}

constinit l4_utcb first_view{};

void copy_utcb(Word)
{
    first_view = l4::my_utcb();
    started = 1;
    // For whoever gets this UTCB next.
    l4_utcb& utcb = l4::my_utcb();
    utcb.user_defined_handle = 0x1111;
    utcb.xfer_timeouts = 0x2222;
    utcb.thread_word0 = 0x3333;
    utcb.thread_word1 = 0x4444;
    utcb.virtual_sender = 0x5555;
    utcb.flags = 0x6666;
    for (Word& mr : utcb.mr) mr = 0x7777;
    for (Word& br : utcb.br_descending) br = 0x8888;
}

void initial_utcb()
{
    Thread thread;
    // The second thread is given the UTCB that the first has used.
    for (unsigned round = 0; round < 2; ++round) {
        started = 0;
        REQUIRE(thread.create());
        l4_utcb const before = thread.utcb();
        CHECK_EQ(before.pager, runner());
        CHECK_EQ(before.exception_handler, 0);
        CHECK_EQ(before.my_global_id, thread.id());
        REQUIRE(thread.begin(copy_utcb));
        REQUIRE(wait_for(started, 1));
        CHECK_EQ(first_view.user_defined_handle, 0);
        CHECK_EQ(first_view.xfer_timeouts, 0);
        CHECK_EQ(first_view.thread_word0, 0);
        CHECK_EQ(first_view.thread_word1, 0);
        CHECK_EQ(first_view.flags & 0xffff, 0);
        CHECK_EQ(first_view.br_descending[L4_BR_COUNT - 1], 0);
        CHECK_EQ(first_view.processor_no, 0);
        thread.end();
    }
}

void inactive_thread()
{
    ThreadId const thread = new_id();
    ThreadId const me = l4::my_global_id();
    REQUIRE(l4::thread_control({.dest = thread, .space = me, .scheduler = me}));
    auto const result = l4::exchange_registers({.dest = thread, .control = 0x11e, .sp = 1, .ip = 1});
    CHECK_EQ(result.dest, l4::nilthread);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
}

void activation_later()
{
    // Created inactive, activated by a second call, then started as any other.
    Thread thread;
    ThreadId const id = new_id();
    ThreadId const me = l4::my_global_id();
    started = 0;
    REQUIRE(l4::thread_control({.dest = id, .space = me, .scheduler = me}));
    REQUIRE(l4::thread_control({.dest = id, .space = me, .pager = me, .utcb_location = thread.location()}));
    thread.set_id(id);
    REQUIRE(l4::set_priority(id, priority::helper));
    REQUIRE(thread.begin(note_start, 6));
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(argument_seen, 6);
}

/// A location may be set before the activation that needs it.
void location_first()
{
    Thread thread;
    ThreadId const id = new_id();
    ThreadId const me = l4::my_global_id();
    started = 0;
    REQUIRE(l4::thread_control({.dest = id, .space = me, .scheduler = me, .utcb_location = thread.location()}));
    REQUIRE(l4::thread_control({.dest = id, .space = me, .pager = me}));
    thread.set_id(id);
    REQUIRE(thread.begin(note_start, 7));
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(argument_seen, 7);
}

void non_canonical_ip()
{
    Task task;
    REQUIRE(task.create());
    for (Word const ip : {0x800000000000ul, 0x7ffffffffffful, 0xffff7ffffffffffful, 0xfffffffffffffffful}) {
        ThreadId const thread = new_id();
        ThreadId const me = l4::my_global_id();
        REQUIRE(l4::thread_control(
            {.dest = thread, .space = task.anchor(), .scheduler = me, .pager = me, .utcb_location = task.location(3)}));
        Message message{0};
        message.word(ip).word(0x1000);
        l4::ipc(thread, thread, {soon, Time::milliseconds(20)}, message);
        // A fault, an exception that nobody takes: all is well that is not the end of the machine.
        bool const faulted = message.tag().protocol() == l4::protocol::page_fault;
        CHECK(faulted || message.tag().is_error());
        delete_thread(thread);
    }
    CHECK(task.can_read(task.layout().kip_area.base(), L4_KIP_MAGIC));
}

/// Items are too much for a thread that waits for its start: it goes on waiting, and does not begin at address 0.
void start_message_with_items()
{
    Thread thread;
    started = 0;
    REQUIRE(thread.create());
    Message message{0};
    message.word(0x1000).word(0x2000);
    add(message, {map_item(Fpage{})});
    CHECK_EQ(ipc_result(thread.id(), l4::nilthread, {soon, soon}, message), send_error(L4_IPC_OVERFLOW));
    CHECK_EQ(l4::schedule({.dest = thread.id()}) & 0xff, 6);
    REQUIRE(thread.begin(note_start, 5));
    REQUIRE(wait_for(started, 1));
    CHECK_EQ(argument_seen, 5);
}

constexpr Case cases[] = {
    {"the start message sets IP and SP; flags are 202h", "Thread start protocol", by_message},
    {"registers of a new thread hold nothing of others", "Thread start protocol", no_registers_leak},
    {"ExchangeRegisters starts a thread (11eh)", "ExchangeRegisters", by_exchange_registers},
    {"ExchangeRegisters starts a thread with flags (13eh)", "ExchangeRegisters", by_exchange_registers_with_flags},
    {"SP and IP first, then cancellation", "ExchangeRegisters", set_then_cancel},
    {"nobody but the pager starts a thread", "Thread start protocol", only_by_the_pager},
    {"a start message without two words leaves IP and SP", "Thread start protocol", start_message_without_words},
    {"a start message with items starts nothing", "Thread start protocol", start_message_with_items},
    {"a new thread's UTCB is clean, also the second in a slot", "Thread control registers", initial_utcb},
    {"an inactive thread cannot be started: error 2", "ExchangeRegisters", inactive_thread},
    {"creation and activation may be two calls", "ThreadControl", activation_later},
    {"the UTCB location may be set before the activation", "ThreadControl", location_first},
    {"a start at a bad address harms nobody", "Thread start protocol", non_canonical_ip},
};

} // namespace

Group const thread_start_cases{"thread start", cases};

} // namespace test
