// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/rtc.hpp"
#include "tests/system/harness/serial.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>

namespace test {
namespace {

using l4::Time;

constexpr ThreadId rtc_thread = ThreadId::interrupt(rtc::line);
constexpr Word serial_line = 4;
constexpr Word interrupt_tag = 0xfffffffffff00000;

Word associate(Word line, ThreadId handler) { return l4::associate_interrupt(line, handler) ? 0 : l4::last_error(); }
void detach(Word line) { (void)associate(line, ThreadId::interrupt(line)); }

/// The clock and its line are quiet before and after a case, also after one that was given up.
struct Quiet {
    Quiet() { be_quiet(); }
    ~Quiet() { be_quiet(); }
    Quiet(Quiet const&) = delete;
    Quiet& operator=(Quiet const&) = delete;

private:
    static void be_quiet()
    {
        rtc::stop();
        detach(rtc::line);
    }
};

/// Waits for an interrupt of the clock; clears it there, but does not acknowledge it.
bool take(ThreadId from, Time timeout)
{
    Message message;
    ThreadId const sender = l4::receive(from, message, timeout);
    if (sender.is_nil()) return false;
    rtc::clear();
    return CHECK_EQ(sender, rtc_thread) && CHECK_EQ(message.tag(), interrupt_tag);
}

bool acknowledge() { return CHECK_EQ(send_result(rtc_thread, soon), 0); }

void message_and_acknowledgement()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_64_hz);
    Word const start = l4::system_clock();
    constexpr Word count = 16;
    for (Word n = 0; n < count; ++n) REQUIRE(take(l4::anythread, soon) && acknowledge());
    Word const taken = l4::system_clock() - start;
    NOTE("{} interrupts at 64 Hz in {} ms", count, taken / 1000);
    CHECK(taken > count * 1'000'000 / 64 / 2);
}

void acknowledgement_by_call()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_64_hz);
    REQUIRE(take(rtc_thread, soon));
    for (unsigned n = 0; n < 5; ++n) {
        // Acknowledge, and wait for the next of this line alone.
        Message message;
        CHECK_EQ(l4::ipc(rtc_thread, rtc_thread, {soon, soon}, message), rtc_thread);
        CHECK_EQ(message.tag(), interrupt_tag);
        rtc::clear();
    }
}

void masked_until_acknowledged()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    REQUIRE(take(l4::anythread, soon));
    CHECK(!take(l4::anythread, Time::milliseconds(50)));
    REQUIRE(acknowledge());
    CHECK(take(l4::anythread, soon));
}

void waits_for_a_busy_handler()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    spin(20'000);
    CHECK(take(l4::anythread, at_once));
}

constinit Word volatile received_by_helper = 0;

void receive_own_message(Word)
{
    Message message;
    l4::receive(controller(), message);
    received_by_helper = 1;
}

void queues_like_any_sender()
{
    Quiet const quiet;
    Thread helper;
    received_by_helper = 0;
    // The handler waits for somebody else: the interrupt stands in its queue.
    REQUIRE(helper.start(receive_own_message));
    REQUIRE_EQ(associate(rtc::line, helper.id()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    l4::sleep(Time::milliseconds(10));
    CHECK_EQ(received_by_helper, 0);
}

void any_acknowledgement()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    REQUIRE(take(l4::anythread, soon));
    Message words{0x77};
    words.word(1).word(2);
    CHECK_EQ(ipc_result(rtc_thread, l4::nilthread, {soon, soon}, words), 0);
    CHECK(take(l4::anythread, soon));
}

void detached()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    REQUIRE(take(l4::anythread, soon) && acknowledge());
    REQUIRE_EQ(associate(rtc::line, rtc_thread), 0);
    (void)take(l4::anythread, at_once);
    CHECK(!take(l4::anythread, Time::milliseconds(30)));
    CHECK(send_result(rtc_thread, Time::milliseconds(2)) != 0);
    // Twice is no error; and again to us.
    CHECK_EQ(associate(rtc::line, rtc_thread), 0);
    CHECK_EQ(associate(rtc::line, runner()), 0);
    rtc::clear();
    CHECK(take(l4::anythread, soon));
}

constinit Word volatile handled = 0;

void handle(Word)
{
    for (;;) {
        Message message;
        if (l4::receive(rtc_thread, message).is_nil()) continue;
        rtc::clear();
        handled = handled + 1;
        (void)l4::send(rtc_thread, Message{0});
    }
}

void another_handler()
{
    Quiet const quiet;
    Thread helper;
    handled = 0;
    REQUIRE(helper.start(handle));
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    REQUIRE(take(l4::anythread, soon));
    // Not acknowledged; the new handler gets the next one all the same.
    REQUIRE_EQ(associate(rtc::line, helper.id()), 0);
    rtc::clear();
    CHECK(wait_for_at_least(handled, 3));
    CHECK(!take(l4::anythread, at_once));
}

void stranger_cannot_acknowledge()
{
    Quiet const quiet;
    static constinit Word volatile code = 0;
    static constinit Word volatile done = 0;
    done = 0;
    Thread helper;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    REQUIRE(take(l4::anythread, soon));
    REQUIRE(helper.start([](Word) {
        code = send_result(rtc_thread, Time::milliseconds(3));
        done = 1;
    }));
    REQUIRE(wait_for(done, 1));
    CHECK_EQ(code, send_error(L4_IPC_TIMEOUT));
    CHECK(!take(l4::anythread, Time::milliseconds(10)));
    REQUIRE(acknowledge());
    CHECK(take(l4::anythread, soon));
}

void handler_dies()
{
    Quiet const quiet;
    {
        Thread helper;
        handled = 0;
        REQUIRE(helper.start(handle));
        REQUIRE_EQ(associate(rtc::line, helper.id()), 0);
        rtc::start(rtc::periodic, rtc::at_1024_hz);
        REQUIRE(wait_for_at_least(handled, 3));
    }
    l4::sleep(Time::milliseconds(10));
    rtc::clear();
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    CHECK(take(l4::anythread, soon) && acknowledge());
    CHECK(take(l4::anythread, soon));
}

void handler_dies_before_the_acknowledgement()
{
    Quiet const quiet;
    {
        Thread helper;
        handled = 0;
        REQUIRE(helper.start([](Word) {
            Message message;
            l4::receive(rtc_thread, message);
            handled = 1;
        }));
        REQUIRE_EQ(associate(rtc::line, helper.id()), 0);
        rtc::start(rtc::periodic, rtc::at_1024_hz);
        REQUIRE(wait_for(handled, 1));
    }
    rtc::clear();
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    CHECK(take(l4::anythread, soon));
}

void while_others_compute()
{
    Quiet const quiet;
    Thread busy;
    REQUIRE(busy.start([](Word) {
        for (;;) {}
    }));
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    for (unsigned n = 0; n < 50; ++n) REQUIRE(take(l4::anythread, soon) && acknowledge());
}

/// A handler in another space, as drivers are.
void handler_in_a_task()
{
    Quiet const quiet;
    Task task;
    Stack stack;
    handled = 0;
    ThreadId const driver = new_id();
    REQUIRE(task.create());
    REQUIRE(task.start_thread(
        driver, 1, stack,
        [](Word) {
            for (;;) {
                Message message;
                if (l4::receive(rtc_thread, message).is_nil()) continue;
                handled = handled + 1;
                (void)l4::send(rtc_thread, Message{0});
            }
        },
        0));
    REQUIRE_EQ(associate(rtc::line, driver), 0);
    rtc::start(rtc::periodic, rtc::at_1024_hz);
    for (unsigned n = 0; n < 500 && handled < 10; ++n) {
        l4::sleep(Time::milliseconds(2));
        rtc::clear();
    }
    CHECK(handled >= 10);
}

void serial_line_interrupt()
{
    constexpr std::uint16_t enable = serial::port + 1, identify = serial::port + 2, modem = serial::port + 4;
    REQUIRE_EQ(associate(serial_line, runner()), 0);
    l4::out8(modem, static_cast<std::uint8_t>(l4::in8(modem) | 8));
    l4::out8(enable, 2); // transmitter empty
    Message message;
    ThreadId const from = l4::receive(l4::anythread, message, soon);
    (void)l4::in8(identify);
    l4::out8(enable, 0);
    CHECK_EQ(from, ThreadId::interrupt(serial_line));
    CHECK_EQ(message.tag(), interrupt_tag);
    CHECK_EQ(send_result(ThreadId::interrupt(serial_line), soon), 0);
    CHECK_EQ(receive_result(l4::anythread, Time::milliseconds(5)), receive_error(L4_IPC_TIMEOUT));
    detach(serial_line);
}

void errors()
{
    Quiet const quiet;
    Word const system_base = L4_KIP_SYSTEM_BASE(&l4::kip());
    CHECK_EQ(associate(rtc::line, new_id()), L4_ERROR_INVALID_THREAD);
    CHECK_EQ(associate(2, runner()), L4_ERROR_INVALID_THREAD); // the cascade, which no line is
    CHECK_EQ(associate(system_base - 1, runner()), L4_ERROR_INVALID_THREAD);
    ThreadId const other_version = ThreadId::global(rtc::line, 3);
    CHECK(!l4::thread_control({.dest = other_version, .space = other_version, .pager = runner()}));
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
    // An interrupt thread is no thread that could be deleted or created.
    CHECK(!l4::thread_control({.dest = rtc_thread, .space = l4::nilthread}));
    CHECK(!l4::thread_control({.dest = rtc_thread, .space = runner(), .scheduler = runner()}));
}

void no_privilege()
{
    Quiet const quiet;
    Task task;
    REQUIRE(task.create());
    auto const try_it = [](Word line, Word, Word, Word) -> Word { return associate(line, l4::my_global_id()); };
    CHECK(task.run(try_it, rtc::line).is(L4_ERROR_NO_PRIVILEGE));
}

void schedule_of_interrupts()
{
    Quiet const quiet;
    CHECK_EQ(l4::schedule({.dest = rtc_thread}), 0);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    CHECK(l4::schedule({.dest = rtc_thread}) != 0);
}

void messages_to_an_unassociated_line()
{
    Quiet const quiet;
    CHECK(send_result(rtc_thread, Time::milliseconds(2)) != 0);
    CHECK(receive_result(rtc_thread, Time::milliseconds(2)) != 0);
}

/// More than an acknowledgement needs, and than the line takes: but it was one.
void acknowledgement_with_items()
{
    Quiet const quiet;
    REQUIRE_EQ(associate(rtc::line, runner()), 0);
    rtc::start(rtc::periodic, rtc::at_64_hz);
    REQUIRE(take(l4::anythread, soon));
    Message message{0};
    add(message, {map_item(Fpage{})});
    CHECK_EQ(ipc_result(rtc_thread, l4::nilthread, {soon, soon}, message), send_error(L4_IPC_OVERFLOW));
    CHECK(take(l4::anythread, soon));
}

constexpr Case cases[] = {
    {"the message, the acknowledgement, the next message", "Interrupt protocol", message_and_acknowledgement},
    {"acknowledgement and wait in one call", "Interrupt protocol", acknowledgement_by_call},
    {"no message before the acknowledgement", "Interrupt protocol", masked_until_acknowledged},
    {"an interrupt waits for its handler", "Interrupt protocol", waits_for_a_busy_handler},
    {"it does not disturb a handler that waits for another", "Interrupt protocol", queues_like_any_sender},
    {"an acknowledgement with items opens the line all the same", "Interrupt protocol", acknowledgement_with_items},
    {"an acknowledgement may have words", "Interrupt protocol", any_acknowledgement},
    {"detached: no more messages; and associated again", "Interrupt protocol", detached},
    {"a new handler, in the middle of an interrupt", "Interrupt protocol", another_handler},
    {"nobody but the handler acknowledges", "Interrupt protocol", stranger_cannot_acknowledge},
    {"the handler is deleted", "Interrupt protocol", handler_dies},
    {"the handler is deleted before it acknowledges", "Interrupt protocol", handler_dies_before_the_acknowledgement},
    {"interrupts reach a handler while others compute", "Interrupt protocol", while_others_compute},
    {"a handler in another space", "Interrupt protocol", handler_in_a_task},
    {"the serial line's interrupt", "Interrupt protocol", serial_line_interrupt},
    {"errors: unknown handler, unavailable line, wrong version", "ThreadControl", errors},
    {"error 1 for a caller without privilege", "ThreadControl", no_privilege},
    {"Schedule knows an interrupt only while it is associated", "Schedule", schedule_of_interrupts},
    {"messages to a line without handler time out", "Interrupt protocol", messages_to_an_unassociated_line},
};

} // namespace

Group const interrupt_cases{"interrupts", cases};

} // namespace test
