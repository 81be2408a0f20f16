// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/registers.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>

#include <algorithm>

namespace test {
namespace {

using l4::schedule;
using l4::Time;

constexpr Word high = priority::helper, low = priority::helper - 10;

constinit Word volatile counters[4]{};

void count(Word index)
{
    for (;;) counters[index] = counters[index] + 1;
}

void reset()
{
    for (Word volatile& counter : counters) counter = 0;
}

/// What the threads count while we sleep.
struct Progress {
    Word of[4];
};
Progress progress_in(Word milliseconds)
{
    Word const before[] = {counters[0], counters[1], counters[2], counters[3]};
    l4::sleep(Time::milliseconds(milliseconds));
    Progress result{};
    for (unsigned n = 0; n < 4; ++n) result.of[n] = counters[n] - before[n];
    return result;
}

Word time_control(Time slice, Time quantum = Time::never()) { return slice.raw() << 16 | quantum.raw(); }

// ---- Priorities ----

void higher_goes_first()
{
    Thread upper, lower;
    reset();
    REQUIRE(lower.start(count, 0, low) && upper.start(count, 1, high));
    Progress const progress = progress_in(60);
    CHECK_EQ(progress.of[0], 0);
    CHECK(progress.of[1] > 0);
}

void priority_changes_at_once()
{
    Thread first, second;
    reset();
    REQUIRE(first.start(count, 0, low) && second.start(count, 1, high));
    CHECK(progress_in(20).of[1] > 0);
    REQUIRE(l4::set_priority(second.id(), low - 10));
    Progress progress = progress_in(40);
    CHECK(progress.of[0] > 0);
    CHECK_EQ(progress.of[1], 0);
    REQUIRE(l4::set_priority(second.id(), high));
    progress = progress_in(40);
    CHECK_EQ(progress.of[0], 0);
    CHECK(progress.of[1] > 0);
}

constinit Word volatile wakeups = 0;

void wake_often(Word)
{
    for (;;) {
        l4::sleep(Time::milliseconds(2));
        wakeups = wakeups + 1;
    }
}

void woken_by_time_preempts_lower()
{
    Thread sleeper, busy;
    reset();
    wakeups = 0;
    REQUIRE(busy.start(count, 0, low) && sleeper.start(wake_often, 0, high));
    CHECK(progress_in(200).of[0] > 0);
    CHECK(wakeups >= 8);
    NOTE("{} sleeps of 2 ms in 200 ms beside a busy thread", +wakeups);
}

void priority_of_a_sleeper()
{
    Thread sleeper, busy;
    reset();
    wakeups = 0;
    REQUIRE(busy.start(count, 0, high) && sleeper.start(wake_often, 0, low));
    (void)progress_in(30);
    CHECK_EQ(wakeups, 0);
    REQUIRE(l4::set_priority(sleeper.id(), high + 1));
    CHECK(wait_for_at_least(wakeups, 3));
}

constinit Word volatile message_taken = 0;
constinit Word volatile taken_after_send = 0;
constinit Word volatile sender_done = 0;

void take_message(Word)
{
    Message message;
    l4::receive(l4::anythread, message);
    message_taken = 1;
}

void send_and_look(Word to)
{
    (void)l4::send(ThreadId::from_raw(to), Message{0}, soon);
    taken_after_send = message_taken;
    sender_done = 1;
}

/// Did the receiver run before the sender came back from its send?
bool receiver_runs_first(Word receiver_priority, Word sender_priority)
{
    Thread receiver, sender;
    message_taken = 0;
    sender_done = 0;
    return receiver.start(take_message, 0, receiver_priority) && (l4::sleep(Time::milliseconds(3)), true) &&
           sender.start(send_and_look, receiver.id().raw(), sender_priority) && wait_for(sender_done, 1) &&
           taken_after_send == 1;
}

void woken_by_a_message_preempts_lower()
{
    for (unsigned round = 0; round < 10; ++round) CHECK(receiver_runs_first(high, low));
}

void woken_by_a_message_waits_for_higher()
{
    for (unsigned round = 0; round < 10; ++round) CHECK(!receiver_runs_first(low, high));
}

// ---- Slices ----

void round_robin()
{
    Thread threads[3];
    reset();
    for (Word n = 0; n < 3; ++n) REQUIRE(threads[n].start(count, n));
    Progress const progress = progress_in(600);
    Word const sum = progress.of[0] + progress.of[1] + progress.of[2];
    for (Word n = 0; n < 3; ++n) {
        Word const percent = progress.of[n] * 100 / sum;
        NOTE("thread {} of three had {} percent", n, percent);
        CHECK(percent > 20 && percent < 47);
    }
}

void slices_of_different_length()
{
    Thread longer, shorter;
    reset();
    REQUIRE(longer.start(count, 0) && shorter.start(count, 1));
    REQUIRE(schedule({.dest = longer.id(), .time = time_control(Time::milliseconds(40))}) != 0);
    REQUIRE(schedule({.dest = shorter.id(), .time = time_control(Time::milliseconds(10))}) != 0);
    Progress const progress = progress_in(800);
    Word const percent = progress.of[0] * 100 / (progress.of[0] + progress.of[1]);
    NOTE("slices of 40 and 10 ms: {} percent for the longer", percent);
    CHECK(percent > 65 && percent < 92);
}

/// What a thread has used of its slice counts, however often others come in between.
void slices_with_interruptions()
{
    Thread threads[2], upper;
    reset();
    wakeups = 0;
    for (Word n = 0; n < 2; ++n) REQUIRE(threads[n].start(count, n, low));
    REQUIRE(upper.start(wake_often, 0, high));
    Progress const progress = progress_in(400);
    Word const percent = progress.of[0] * 100 / (progress.of[0] + progress.of[1] + 1);
    NOTE("{} interruptions, {} percent for the first of two", +wakeups, percent);
    CHECK(percent > 30 && percent < 70);
}

void infinite_slice()
{
    Thread endless, other;
    reset();
    REQUIRE(endless.start(count, 0) && other.start(count, 1));
    REQUIRE(schedule({.dest = endless.id(), .time = time_control(Time::never())}) != 0);
    l4::sleep(Time::milliseconds(50));
    // By now it has come to run, and nothing of its own priority takes that away.
    Progress const progress = progress_in(100);
    CHECK(progress.of[0] > 0);
    CHECK_EQ(progress.of[1], 0);
}

void infinite_slice_is_preempted()
{
    Thread endless;
    reset();
    wakeups = 0;
    Thread upper;
    REQUIRE(endless.start(count, 0, low) && upper.start(wake_often, 0, high));
    REQUIRE(schedule({.dest = endless.id(), .time = time_control(Time::never())}) != 0);
    CHECK(wait_for_at_least(wakeups, 10));
}

// ---- ThreadSwitch ----

constinit Word volatile turn_log[64]{};
constinit Word volatile turns = 0;

void take_turns(Word index)
{
    while (turns < 64) {
        turn_log[turns] = index;
        turns = turns + 1;
        l4::thread_switch();
    }
}

void yield()
{
    Thread first, second;
    turns = 0;
    // Both are made before either runs: the runner has the higher priority.
    REQUIRE(first.start(take_turns, 1) && second.start(take_turns, 2));
    REQUIRE(wait_for_at_least(turns, 64));
    unsigned repetitions = 0;
    for (unsigned n = 9; n < 64; ++n)
        if (turn_log[n] == turn_log[n - 1]) ++repetitions;
    CHECK(repetitions <= 2); // ends of slices
}

void yield_goes_not_to_lower()
{
    Thread lower;
    reset();
    REQUIRE(lower.start(count, 0, low));
    for (unsigned n = 0; n < 1000; ++n) l4::thread_switch();
    CHECK_EQ(counters[0], 0);
}

void switch_to_a_thread()
{
    Thread lower, other;
    reset();
    REQUIRE(lower.start(count, 0, low) && other.start(count, 1, low));
    // It runs on our slice, although we are ready and higher.
    Word const start = l4::system_clock();
    for (unsigned n = 0; n < 5; ++n) l4::thread_switch(lower.id());
    NOTE("five switches took {} us", l4::system_clock() - start);
    CHECK(counters[0] > 0);
    CHECK_EQ(counters[1], 0);
    CHECK(l4::system_clock() - start < 1'000'000);
}

/// Who has an infinite slice does not keep what it is given, and who gives from an infinite one gives all of it.
void switch_with_infinite_slices()
{
    Thread giver, taker;
    reset();
    REQUIRE(taker.start(count, 0, low) && giver.start(
                                              [](Word dest) {
                                                  for (;;) {
                                                      l4::thread_switch(ThreadId::from_raw(dest));
                                                      counters[1] = counters[1] + 1;
                                                  }
                                              },
                                              taker.id().raw(), high));
    for (bool const giver_is_infinite : {false, true}) {
        Time const infinite = Time::never(), slice = Time::milliseconds(2);
        CHECK(schedule({.dest = giver.id(), .time = time_control(giver_is_infinite ? infinite : slice)}) != 0);
        CHECK(schedule({.dest = taker.id(), .time = time_control(giver_is_infinite ? slice : infinite)}) != 0);
        Progress const progress = progress_in(60);
        CHECK(progress.of[0] > 0);
        CHECK(giver_is_infinite || progress.of[1] > 1);
    }
}

void switch_by_local_name()
{
    Thread lower;
    reset();
    REQUIRE(lower.start(count, 0, low));
    for (unsigned n = 0; n < 5; ++n) l4::thread_switch(lower.local_id());
    CHECK(counters[0] > 0);
}

void switch_to_nobody()
{
    Thread waiting;
    REQUIRE(waiting.start([](Word) {}));
    settle();
    Word const start = l4::system_clock();
    for (unsigned n = 0; n < 20; ++n) {
        l4::thread_switch(waiting.id());
        l4::thread_switch(new_id());
        l4::thread_switch(l4::my_global_id());
        l4::thread_switch(l4::anythread);
    }
    CHECK(l4::system_clock() - start < 200'000);
}

// ---- Results and errors ----

void states()
{
    Thread running, waiting, sending, halted;
    reset();
    REQUIRE(running.start(count, 0, low) && waiting.start([](Word) {}) && halted.start(count, 1, low));
    REQUIRE(sending.start([](Word) { (void)l4::send(runner(), Message{1}); }));
    settle();
    (void)l4::exchange_registers({.dest = halted.id(), .control = 0x101});
    ThreadId const inactive = new_id();
    REQUIRE(l4::thread_control({.dest = inactive, .space = runner(), .scheduler = runner()}));
    constexpr Word state_inactive = 2, state_running = 3, state_pending_send = 4, state_waiting = 6;
    CHECK_EQ(schedule({.dest = running.id()}), state_running);
    CHECK_EQ(schedule({.dest = waiting.id()}), state_waiting);
    CHECK_EQ(schedule({.dest = waiting.local_id()}), state_waiting);
    CHECK_EQ(schedule({.dest = sending.id()}), state_pending_send);
    CHECK_EQ(schedule({.dest = halted.id()}), state_inactive);
    CHECK_EQ(schedule({.dest = inactive}), state_inactive);
}

void unknown_thread()
{
    CHECK_EQ(schedule({.dest = new_id()}), 0);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
    CHECK_EQ(schedule({.dest = l4::nilthread}), 0);
    CHECK_EQ(schedule({.dest = l4::anythread}), 0);
}

Word schedule_as_task(Word dest, Word priority, Word, Word)
{
    return schedule({.dest = ThreadId::from_raw(dest), .priority = priority}) != 0 ? 0 : l4::last_error();
}

void not_the_scheduler()
{
    Task task;
    Thread thread;
    reset();
    REQUIRE(task.create() && thread.start(count, 0, low));
    CHECK(task.run(schedule_as_task, thread.id().raw(), 1).is(L4_ERROR_NO_PRIVILEGE));
    CHECK(task.run(schedule_as_task, runner().raw(), 1).is(L4_ERROR_NO_PRIVILEGE));
    CHECK(task.run(schedule_as_task, task.agent().raw(), 1).is(L4_ERROR_NO_PRIVILEGE));
}

/// Any thread of the scheduler's space may.
void scheduler_of_a_task()
{
    Task task;
    Thread thread;
    reset();
    REQUIRE(task.create() && thread.start(count, 0, low));
    REQUIRE(l4::thread_control({.dest = thread.id(), .space = runner(), .scheduler = task.anchor()}));
    CHECK(task.run(schedule_as_task, thread.id().raw(), low - 1).is(0));
    Outcome const too_high = task.run(schedule_as_task, thread.id().raw(), 255);
    CHECK(too_high.is(L4_ERROR_INVALID_PARAMETER) || too_high.is(L4_ERROR_NO_PRIVILEGE));
}

void priority_above_the_callers()
{
    Thread thread;
    REQUIRE(thread.start([](Word) {}));
    CHECK_EQ(schedule({.dest = thread.id(), .priority = priority::runner + 1}), 0);
    // M: error 5; R: 1.
    CHECK(l4::last_error() == L4_ERROR_INVALID_PARAMETER || l4::last_error() == L4_ERROR_NO_PRIVILEGE);
    CHECK(schedule({.dest = thread.id(), .priority = priority::runner}) != 0);
}

void unknown_processor()
{
    Thread thread;
    REQUIRE(thread.start([](Word) {}));
    CHECK_EQ(schedule({.dest = thread.id(), .processor = 100}), 0);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_PARAMETER);
    CHECK(schedule({.dest = thread.id(), .processor = 0}) != 0);
}

void failing_call_changes_nothing()
{
    Thread thread, other;
    reset();
    REQUIRE(thread.start(count, 0, low) && other.start(count, 1, high));
    CHECK_EQ(schedule({.dest = thread.id(), .priority = high + 1, .processor = 100}), 0);
    Progress const progress = progress_in(30);
    CHECK_EQ(progress.of[0], 0);
    CHECK(progress.of[1] > 0);
}

void old_time_control()
{
    Thread thread;
    REQUIRE(thread.start([](Word) {}));
    settle();
    REQUIRE(schedule({.dest = thread.id(), .time = time_control(Time::milliseconds(40))}) != 0);
    Registers registers = distinct_registers(2);
    registers.rdi = thread.id().raw();
    registers.rdx = registers.rsi = registers.r8 = registers.r9 = ~Word{0};
    test_call(&registers, l4::kip().schedule);
    CHECK_EQ(registers.rax & 0xff, 6);
    // A slice that nobody has used: what is left of it is all of it, up to rounding. The quantum is infinite.
    Word const slice = registers.rdx >> 16 & 0xffff;
    Word const length = (slice & 0x3ff) << (slice >> 10 & 0x1f);
    CHECK(length > 39'000 && length < 41'000);
    CHECK_EQ(registers.rdx & 0xffff, 0);
}

/// A woken thread goes behind those of its priority that are ready, and in front of none.
void many_threads_of_one_priority()
{
    constexpr Word number = 20;
    Thread threads[number];
    static constinit Word volatile shares[number]{};
    for (Word volatile& share : shares) share = 0;
    for (Word n = 0; n < number; ++n)
        REQUIRE(threads[n].start(
            [](Word index) {
                for (;;) {
                    shares[index] = shares[index] + 1;
                    l4::thread_switch();
                }
            },
            n));
    l4::sleep(Time::milliseconds(100));
    Word least = ~Word{0}, most = 0;
    for (Word volatile& share : shares) {
        Word const turns_taken = share;
        least = std::min(least, turns_taken);
        most = std::max(most, turns_taken);
    }
    NOTE("{} threads that yield: {} to {} turns each", number, least, most);
    CHECK(least > 0 && most <= least + 2);
}

// ---- Total quantum ----

constexpr Word preemption_tag = 0xffffffffffd00002;

void quantum_ends()
{
    Thread worker;
    reset();
    REQUIRE(worker.start(count, 0, low));
    for (unsigned round = 0; round < 2; ++round) {
        Word const start = l4::system_clock();
        CHECK_EQ(schedule({.dest = worker.id(), .time = time_control(Time::never(), Time::milliseconds(20))}) & 0xff,
                 3);
        Message message;
        REQUIRE(!l4::receive(worker.id(), message, soon).is_nil());
        CHECK_EQ(message.tag().raw(), preemption_tag);
        CHECK(message.mr(1) >= start + 20'000 && message.mr(1) <= l4::system_clock());
        CHECK_EQ(message.mr(2), 0);
        CHECK(counters[0] > 0);
        CHECK_EQ(progress_in(20).of[0], 0);
    }
    CHECK(schedule({.dest = worker.id(), .time = time_control(Time::milliseconds(10))}) != 0);
    CHECK(progress_in(20).of[0] > 0);
}

void quantum_before_the_message()
{
    Thread worker;
    reset();
    REQUIRE(worker.start(count, 0, low));
    CHECK(schedule({.dest = worker.id(), .time = time_control(Time::never(), Time::milliseconds(2))}) != 0);
    l4::sleep(Time::milliseconds(50));
    CHECK_EQ(progress_in(10).of[0], 0);
    CHECK_EQ(schedule({.dest = worker.id(), .time = time_control(Time::milliseconds(10))}) & 0xff, 4);
    CHECK(progress_in(20).of[0] > 0);
    CHECK_EQ(receive_result(worker.id(), at_once), receive_error(L4_IPC_TIMEOUT));
}

/// Who waits uses nothing of its quantum, and who is stopped can be stopped otherwise, changed and deleted.
void quantum_and_the_rest()
{
    Thread sleeper, worker;
    reset();
    REQUIRE(sleeper.start(wake_often) && worker.start(count, 0, low));
    CHECK(schedule({.dest = sleeper.id(), .time = time_control(Time::never(), Time::milliseconds(2000))}) != 0);
    CHECK(schedule({.dest = worker.id(), .time = time_control(Time::never(), Time::milliseconds(2))}) != 0);
    Word const before = wakeups;
    l4::sleep(Time::milliseconds(60));
    CHECK(wakeups > before);
    CHECK_EQ(receive_result(sleeper.id(), at_once), receive_error(L4_IPC_TIMEOUT));
    constexpr Word halt = 0x101, resume = 0x100, abort_send = 4;
    (void)l4::exchange_registers({.dest = worker.id(), .control = halt | abort_send});
    (void)l4::exchange_registers({.dest = worker.id(), .control = resume});
    CHECK_EQ(progress_in(10).of[0], 0);
    (void)l4::exchange_registers({.dest = worker.id(), .control = halt});
    CHECK(schedule({.dest = worker.id(), .time = time_control(Time::milliseconds(10))}) != 0);
    CHECK_EQ(progress_in(10).of[0], 0);
    (void)l4::exchange_registers({.dest = worker.id(), .control = resume});
    CHECK(progress_in(20).of[0] > 0);
}

// ---- Preemption control ----

constexpr Word delay_flag = 0x40, pending_flag = 0x80;
constexpr Word delay = 30'000;

constinit Word volatile late = 0;
constinit Word volatile rounds = 0;
constinit Word volatile switched = 0;

/// How late it comes back from a sleep, over and over.
void be_late(Word)
{
    for (;;) {
        Word const start = l4::system_clock();
        l4::sleep(Time::milliseconds(5));
        late = l4::system_clock() - start - 5000;
        rounds = rounds + 1;
        l4::sleep(Time::milliseconds(50));
    }
}

bool sleep_through(unsigned times)
{
    for (unsigned n = 0; n < times; ++n) l4::sleep(Time::milliseconds(60));
    return true;
}

/// The worker keeps the other waiting; its sensitive priority is this. We are above it: if we ran, the delay would end.
bool delay_preemption(Thread& worker, Thread& waker, Entry work, Word sensitive)
{
    reset();
    rounds = 0;
    switched = 0;
    if (!worker.start(work, 0, low)) return false;
    worker.utcb().flags |= delay_flag;
    return CHECK(schedule({.dest = worker.id(), .preemption = sensitive << 16 | delay}) != 0) &&
           waker.start(be_late, 0, high) && sleep_through(1) && CHECK(rounds >= 1);
}

void preemption_is_delayed()
{
    Thread worker, waker;
    REQUIRE(delay_preemption(worker, waker, count, high));
    CHECK(late >= delay);
    CHECK(worker.utcb().flags & pending_flag);
    // After some more rounds its delay is surely used up.
    sleep_through(4);
    worker.utcb().flags &= ~pending_flag;
    sleep_through(3);
    CHECK_EQ(worker.utcb().flags & pending_flag, 0);
}

void not_above_the_sensitive_priority()
{
    Thread worker, waker;
    REQUIRE(delay_preemption(worker, waker, count, high - 1));
    sleep_through(2);
    CHECK_EQ(worker.utcb().flags & pending_flag, 0);
}

void count_and_give_way(Word)
{
    for (;;) {
        counters[0] = counters[0] + 1;
        if ((*const_cast<Word volatile*>(&l4::my_utcb().flags) & pending_flag) == 0) continue;
        l4::thread_switch();
        switched = switched + 1;
    }
}

void giving_way_refills_the_delay()
{
    Thread worker, waker;
    REQUIRE(delay_preemption(worker, waker, count_and_give_way, high));
    sleep_through(5);
    CHECK(switched >= 3);
    CHECK_EQ(worker.utcb().flags & pending_flag, 0);
}

/// The s flag: its exception handler, we, hears of each preemption, by a higher thread and by the end of a slice. There is
/// nothing to answer.
void preemptions_are_signalled()
{
    constexpr Word signal_flag = 0x20;
    for (bool const by_a_higher_one : {true, false}) {
        Thread worker, other;
        reset();
        worker.set_handler(runner());
        REQUIRE(worker.start(count, 0, low));
        l4::sleep(Time::milliseconds(5));
        CHECK_EQ(receive_result(worker.id(), at_once), receive_error(L4_IPC_TIMEOUT));
        worker.utcb().flags |= signal_flag;
        REQUIRE(by_a_higher_one ? other.start(wake_often, 0, high) : other.start(count, 1, low));
        for (unsigned n = 0; n < 3; ++n) {
            Word const before = counters[0];
            Message message;
            REQUIRE(!l4::receive(worker.id(), message, soon).is_nil());
            CHECK_EQ(message.tag().raw(), preemption_tag);
            CHECK(message.mr(1) <= l4::system_clock());
            CHECK_EQ(message.mr(2), 0);
            l4::sleep(Time::milliseconds(25));
            CHECK(counters[0] > before || n == 0);
        }
        worker.utcb().flags &= ~signal_flag;
        l4::sleep(Time::milliseconds(30));
        (void)receive_result(worker.id(), at_once);
        CHECK_EQ(receive_result(worker.id(), Time::milliseconds(30)), receive_error(L4_IPC_TIMEOUT));
    }
}

void sensitive_priority_above_the_callers()
{
    Thread worker;
    REQUIRE(worker.start(count, 0, low));
    CHECK_EQ(schedule({.dest = worker.id(), .preemption = (priority::runner + 1) << 16}), 0);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_PARAMETER);
}

constexpr Case cases[] = {
    {"the higher priority runs, the lower does not", "Schedule, priority", higher_goes_first},
    {"a new priority counts at once", "Schedule, priority", priority_changes_at_once},
    {"a thread whose time has come preempts lower ones", "Scheduling", woken_by_time_preempts_lower},
    {"a sleeper wakes with its new priority", "Schedule, priority", priority_of_a_sleeper},
    {"a receiver of higher priority runs before its sender", "Scheduling", woken_by_a_message_preempts_lower},
    {"a receiver of lower priority runs after its sender", "Scheduling", woken_by_a_message_waits_for_higher},
    {"three busy threads share alike", "Scheduling, time slices", round_robin},
    {"shares follow the length of slices", "Schedule, time control", slices_of_different_length},
    {"interruptions do not give a fresh slice", "Scheduling, time slices", slices_with_interruptions},
    {"a thread with an infinite slice stays", "Schedule, time control", infinite_slice},
    {"but not against higher priorities", "Schedule, time control", infinite_slice_is_preempted},
    {"two threads that yield take turns", "ThreadSwitch", yield},
    {"yielding does not let lower ones run", "ThreadSwitch", yield_goes_not_to_lower},
    {"a thread that is named runs, also a lower one", "ThreadSwitch", switch_to_a_thread},
    {"to and from infinite slices", "ThreadSwitch", switch_with_infinite_slices},
    {"by its local name as well", "ThreadSwitch", switch_by_local_name},
    {"to nobody: it returns", "ThreadSwitch", switch_to_nobody},
    {"the states that Schedule reports", "Schedule, result", states},
    {"error 2 for a thread that does not exist", "Schedule", unknown_thread},
    {"error 1 for others than the scheduler", "Schedule", not_the_scheduler},
    {"any thread of the scheduler's space may", "Schedule", scheduler_of_a_task},
    {"a priority above the caller's is refused", "Schedule, priority", priority_above_the_callers},
    {"error 5 for a processor that does not exist", "Schedule, processor control", unknown_processor},
    {"a failing call changes nothing", "Schedule", failing_call_changes_nothing},
    {"the old time control", "Schedule, result", old_time_control},
    {"twenty threads that yield have equal turns", "ThreadSwitch", many_threads_of_one_priority},
    {"used up: a message to the scheduler, and no further until there is a new one", "Schedule, total quantum",
     quantum_ends},
    {"a new quantum before the scheduler listens: no message", "Schedule, total quantum", quantum_before_the_message},
    {"with sleeping, halting and aborting", "Schedule, total quantum", quantum_and_the_rest},
    {"d: preemption is delayed once, and pending", "Schedule, preemption control", preemption_is_delayed},
    {"but not by higher than the sensitive priority", "Schedule, preemption control", not_above_the_sensitive_priority},
    {"ThreadSwitch fills the delay up again", "Schedule, preemption control", giving_way_refills_the_delay},
    {"s: the exception handler hears of preemptions", "Schedule, preemption control", preemptions_are_signalled},
    {"a sensitive priority above the caller's is error 5", "Schedule, preemption control",
     sensitive_priority_above_the_callers},
};

} // namespace

Group const schedule_cases{"scheduling", cases};

} // namespace test
