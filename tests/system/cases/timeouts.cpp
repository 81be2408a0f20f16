// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <algorithm>

namespace test {
namespace {

using l4::Time;

constexpr Word periods[] = {1, 7, 50, 200, 1000, 2500, 10'000, 40'000, 150'000};

/// What a period is after rounding to its 16 bits.
Word length_of(Time time) { return (time.raw() & 0x3ff) << (time.raw() >> 10 & 0x1f); }

/// Early is an error, late is a figure.
class Lateness {
public:
    void add(Word asked, Word taken)
    {
        if (!CHECK(taken >= asked)) NOTE("asked for {} us, was back after {} us", asked, taken);
        Word const late = taken > asked ? taken - asked : 0;
        most_ = std::max(most_, late);
        sum_ += late;
        ++count_;
    }
    void report(char const* what) const
    {
        if (count_ == 0) return;
        NOTE("{}: {} us late in the mean, {} us at most ({} times)", what, sum_ / count_, most_, count_);
    }

private:
    Word most_ = 0, sum_ = 0, count_ = 0;
};

void receive_is_never_early()
{
    Lateness lateness;
    for (unsigned round = 0; round < 3; ++round) {
        for (Word const period : periods) {
            Time const time = Time::microseconds(period);
            Word const start = l4::system_clock();
            CHECK_EQ(receive_result(l4::anythread, time), receive_error(L4_IPC_TIMEOUT));
            // The clock's own grain is one microsecond.
            lateness.add(length_of(time), l4::system_clock() - start + 1);
        }
    }
    lateness.report("receive timeouts");
}

void send_is_never_early()
{
    Thread helper;
    REQUIRE(helper.start([](Word) {}));
    l4::sleep(Time::milliseconds(2));
    Lateness lateness;
    for (Word const period : periods) {
        Time const time = Time::microseconds(period);
        Word const start = l4::system_clock();
        CHECK_EQ(send_result(helper.id(), time), send_error(L4_IPC_TIMEOUT));
        lateness.add(length_of(time), l4::system_clock() - start + 1);
    }
    lateness.report("send timeouts");
}

void zero_does_not_wait()
{
    Word const start = l4::system_clock();
    for (unsigned i = 0; i < 100; ++i) CHECK_EQ(receive_result(l4::anythread, at_once), receive_error(L4_IPC_TIMEOUT));
    CHECK(l4::system_clock() - start < 100'000);
}

constinit Word volatile woken_after = 0;

void wait_never(Word)
{
    Word const start = l4::system_clock();
    Message message;
    l4::receive(l4::anythread, message, Time::never());
    woken_after = l4::system_clock() - start;
}

void never_is_not_zero()
{
    Thread helper;
    woken_after = 0;
    REQUIRE(helper.start(wait_never));
    l4::sleep(Time::milliseconds(120));
    CHECK_EQ(woken_after, 0);
    CHECK_EQ(send_result(helper.id(), at_once), 0);
    l4::sleep(Time::milliseconds(1));
    CHECK(woken_after >= 110'000);
}

void answer_late(Word delay)
{
    Message message;
    for (;;) {
        ThreadId const from = l4::receive(l4::anythread, message);
        l4::sleep(Time::microseconds(delay));
        (void)l4::send(from, Message{1}, soon);
    }
}

void take_late(Word delay)
{
    l4::sleep(Time::microseconds(delay));
    Message message;
    l4::receive(l4::anythread, message);
}

void message_before_the_timeout()
{
    Thread helper;
    REQUIRE(helper.start(answer_late, 10'000));
    Word const start = l4::system_clock();
    Message message{1};
    CHECK_EQ(ipc_result(helper.id(), helper.id(), {soon, soon}, message), 0);
    CHECK(l4::system_clock() - start < 400'000);
    // The timeout of a finished IPC is gone.
    CHECK_EQ(receive_result(l4::anythread, Time::milliseconds(600)), receive_error(L4_IPC_TIMEOUT));
    CHECK(l4::system_clock() - start >= 600'000);
}

/// The receive timeout starts when the send phase is over.
void timeouts_of_the_phases()
{
    Thread helper;
    REQUIRE(helper.start(take_late, 40'000));
    Word const start = l4::system_clock();
    Message message{1};
    CHECK_EQ(ipc_result(helper.id(), helper.id(), {soon, Time::milliseconds(30)}, message),
             receive_error(L4_IPC_TIMEOUT));
    CHECK(l4::system_clock() - start >= 69'000);
}

/// The send timeout ends with the transfer; it does not hurt the receive phase.
void send_timeout_covers_the_send_only()
{
    Thread helper;
    REQUIRE(helper.start(answer_late, 40'000));
    l4::sleep(Time::milliseconds(1));
    Message message{1};
    CHECK_EQ(ipc_result(helper.id(), helper.id(), {Time::milliseconds(10), soon}, message), 0);
}

constexpr Word sleeper_count = 30;
constinit Word volatile order[sleeper_count]{};
constinit Word volatile place = 0;
constinit Word volatile early = 0;

Word period_of(Word index) { return 5000 + (index * 7 % sleeper_count) * 1500; }

void sleeper(Word index)
{
    Word const start = l4::system_clock();
    l4::sleep(Time::microseconds(period_of(index)));
    if (l4::system_clock() - start + 1 < period_of(index)) early = early + 1;
    order[place] = index;
    place = place + 1;
}

void many_sleepers()
{
    place = 0;
    early = 0;
    Thread threads[sleeper_count];
    Word const start = l4::system_clock();
    for (Word n = 0; n < sleeper_count; ++n) REQUIRE(threads[n].start(sleeper, n));
    REQUIRE(wait_for(place, sleeper_count));
    NOTE("{} sleepers of up to {} ms were done after {} ms", sleeper_count, period_of(17) / 1000,
         (l4::system_clock() - start) / 1000);
    CHECK_EQ(early, 0);
    Word seen = 0;
    for (Word n = 0; n < sleeper_count; ++n) seen |= Word{1} << order[n];
    CHECK_EQ(seen, (Word{1} << sleeper_count) - 1);
}

void shorter_first()
{
    place = 0;
    Thread longer, shorter;
    REQUIRE(longer.start([](Word) {
        l4::sleep(Time::milliseconds(60));
        order[place] = 1;
        place = place + 1;
    }));
    REQUIRE(shorter.start([](Word) {
        l4::sleep(Time::milliseconds(20));
        order[place] = 2;
        place = place + 1;
    }));
    REQUIRE(wait_for(place, 2));
    CHECK_EQ(order[0], 2);
    CHECK_EQ(order[1], 1);
}

void across_a_busy_thread()
{
    // A timeout interrupts whoever computes, if the sleeper has the higher priority.
    Thread busy;
    REQUIRE(busy.start([](Word) {
        for (;;) {}
    }));
    Lateness lateness;
    for (unsigned round = 0; round < 20; ++round) {
        Word const start = l4::system_clock();
        l4::sleep(Time::milliseconds(3));
        lateness.add(3000, l4::system_clock() - start + 1);
    }
    lateness.report("timeouts beside a busy thread");
}

void deletion_of_a_sleeper()
{
    // Its timeout must not fire into nothing.
    for (unsigned round = 0; round < 20; ++round) {
        Thread thread;
        REQUIRE(thread.start([](Word) { l4::sleep(Time::milliseconds(3)); }));
        l4::sleep(Time::microseconds(100));
    }
    l4::sleep(Time::milliseconds(10));
}

void points_are_never_early()
{
    Thread helper;
    REQUIRE(helper.start([](Word) {}));
    l4::sleep(Time::milliseconds(2));
    Lateness lateness;
    for (unsigned round = 0; round < 3; ++round) {
        for (Word const ahead : {2000, 5000, 10'000, 40'000, 150'000}) {
            Word const now = l4::system_clock();
            Time const time = Time::point(now + ahead, now);
            if (round < 2)
                CHECK_EQ(receive_result(l4::anythread, time), receive_error(L4_IPC_TIMEOUT));
            else
                CHECK_EQ(send_result(helper.id(), time), send_error(L4_IPC_TIMEOUT));
            lateness.add(ahead, l4::system_clock() - now);
        }
    }
    lateness.report("points");
}

constexpr Case cases[] = {
    {"a receive timeout is never early", "Time", receive_is_never_early},
    {"a send timeout is never early", "Time", send_is_never_early},
    {"points of time, never early", "Time, points", points_are_never_early},
    {"timeout zero does not wait", "Time", zero_does_not_wait},
    {"no timeout means waiting for ever", "Time", never_is_not_zero},
    {"a message in time ends the timeout", "Ipc, timeouts", message_before_the_timeout},
    {"the receive timeout starts after the send phase", "Ipc, timeouts", timeouts_of_the_phases},
    {"the send timeout ends with the send phase", "Ipc, timeouts", send_timeout_covers_the_send_only},
    {"thirty sleepers all wake, none early", "Time", many_sleepers},
    {"the shorter of two sleeps ends first", "Time", shorter_first},
    {"a timeout interrupts a busy thread of lower priority", "Ipc, timeouts", across_a_busy_thread},
    {"a sleeping thread can be deleted", "ThreadControl", deletion_of_a_sleeper},
};

} // namespace

Group const timeout_cases{"timeouts", cases};

} // namespace test
