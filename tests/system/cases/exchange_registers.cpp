// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

using l4::exchange_registers;
using l4::Time;

// Bits of the control word.
constexpr Word H = 1, R = 2, S = 4, s = 8, i = 0x10, f = 0x20, u = 0x40, p = 0x80, h = 0x100, d = 0x200;

constinit Word volatile counter = 0;
constinit Word volatile finished = 0;
constinit Word volatile code = 0;

void count(Word)
{
    for (;;) counter = counter + 1;
}

void count_elsewhere()
{
    for (;;) finished = finished + 1;
}

void receive_then_finish(Word)
{
    Message message;
    code = ipc_result(l4::nilthread, l4::anythread, {Time::never(), Time::never()}, message);
    finished = 1;
}

void send_then_finish(Word to)
{
    code = send_result(ThreadId::from_raw(to), Time::never());
    finished = 1;
}

void reset()
{
    counter = 0;
    finished = 0;
    code = ~Word{0};
}

bool is_counting()
{
    Word const before = counter;
    l4::sleep(Time::milliseconds(15));
    return counter != before;
}

void nonexistent()
{
    CHECK_EQ(exchange_registers({.dest = new_id(), .control = d}).dest, l4::nilthread);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
    CHECK_EQ(exchange_registers({.dest = l4::nilthread, .control = d}).dest, l4::nilthread);
    CHECK_EQ(exchange_registers({.dest = l4::anythread, .control = d}).dest, l4::nilthread);
    CHECK_EQ(exchange_registers({.dest = ThreadId::interrupt(1), .control = d}).dest, l4::nilthread);
}

Word stop_foreign(Word dest, Word, Word, Word)
{
    return exchange_registers({.dest = ThreadId::from_raw(dest), .control = H | h}).dest.raw();
}

void other_spaces()
{
    Task task;
    Thread thread;
    reset();
    REQUIRE(task.create() && thread.start(count));
    Outcome const outcome = task.run(stop_foreign, thread.id().raw());
    CHECK(outcome.is(0));
    CHECK_EQ(outcome.error, L4_ERROR_INVALID_THREAD);
    CHECK(is_counting());
}

void handle_and_pager()
{
    Thread thread;
    REQUIRE(thread.start([](Word) {}));
    settle();
    thread.utcb().user_defined_handle = 0x1234;
    auto old = exchange_registers(
        {.dest = thread.id(), .control = u | p | d, .user_defined_handle = 0x5678, .pager = runner()});
    CHECK_EQ(old.user_defined_handle, 0x1234);
    CHECK_EQ(old.pager, controller());
    CHECK_EQ(thread.utcb().user_defined_handle, 0x5678);
    CHECK_EQ(thread.utcb().pager, runner());
    // Without the bits nothing changes.
    old =
        exchange_registers({.dest = thread.local_id(), .control = d, .user_defined_handle = 1, .pager = l4::anythread});
    CHECK_EQ(old.user_defined_handle, 0x5678);
    CHECK_EQ(old.pager, runner());
    CHECK_EQ(thread.utcb().user_defined_handle, 0x5678);
    CHECK_EQ(old.dest, thread.id());
}

void old_registers()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(count));
    settle();
    auto const old = exchange_registers({.dest = thread.id(), .control = d});
    CHECK(old.sp > thread.stack().top() - 8192 && old.sp <= thread.stack().top());
    Word const code_start = reinterpret_cast<Word>(&count);
    CHECK(old.ip >= code_start && old.ip < code_start + 64);
    CHECK_EQ(old.flags & 0x200, 0x200);
    CHECK_EQ(old.control & 7, 0);
}

void states()
{
    Thread receiver, sender, runs;
    reset();
    REQUIRE(receiver.start(receive_then_finish) && sender.start(send_then_finish, runner().raw()) && runs.start(count));
    settle();
    CHECK_EQ(exchange_registers({.dest = receiver.id(), .control = d}).control & 7, R);
    CHECK_EQ(exchange_registers({.dest = sender.id(), .control = d}).control & 7, S);
    CHECK_EQ(exchange_registers({.dest = runs.id(), .control = d}).control & 7, 0);
    CHECK_EQ(exchange_registers({.dest = runs.id(), .control = H | h | d}).control & 7, 0);
    CHECK_EQ(exchange_registers({.dest = runs.id(), .control = d}).control & 7, H);
    CHECK_EQ(exchange_registers({.dest = receiver.id(), .control = H | h | d}).control & 7, R);
    CHECK_EQ(exchange_registers({.dest = receiver.id(), .control = d}).control & 7, H | R);
}

void halt_and_resume()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(count));
    CHECK(is_counting());
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    CHECK(!is_counting());
    // H alone is not meaningful.
    (void)exchange_registers({.dest = thread.id(), .control = 0});
    CHECK(!is_counting());
    (void)exchange_registers({.dest = thread.id(), .control = h});
    CHECK(is_counting());
    (void)exchange_registers({.dest = thread.id(), .control = H});
    CHECK(is_counting());
    // Twice is once.
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    (void)exchange_registers({.dest = thread.id(), .control = h});
    (void)exchange_registers({.dest = thread.id(), .control = h});
    CHECK(is_counting());
}

void halted_receiver()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(receive_then_finish));
    settle();
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    // The IPC is not touched: the message is taken, but the thread does not run.
    CHECK_EQ(send_result(thread.id(), at_once), 0);
    settle();
    CHECK_EQ(finished, 0);
    (void)exchange_registers({.dest = thread.id(), .control = h});
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, 0);
}

void halted_sender()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(send_then_finish, runner().raw()));
    settle();
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    CHECK_EQ(receive_result(thread.id(), at_once), 0);
    settle();
    CHECK_EQ(finished, 0);
    (void)exchange_registers({.dest = thread.id(), .control = h});
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, 0);
}

void halted_sleeper()
{
    Thread thread;
    reset();
    REQUIRE(thread.start([](Word) {
        l4::sleep(Time::milliseconds(10));
        finished = 1;
    }));
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    l4::sleep(Time::milliseconds(30));
    CHECK_EQ(finished, 0);
    (void)exchange_registers({.dest = thread.id(), .control = h});
    REQUIRE(wait_for(finished, 1));
}

void redirect_a_running_thread()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(count));
    CHECK(is_counting());
    (void)exchange_registers({.dest = thread.id(),
                              .control = s | i,
                              .sp = thread.stack().top() - 8,
                              .ip = reinterpret_cast<Word>(&count_elsewhere)});
    settle();
    CHECK(!is_counting());
    CHECK(finished > 0);
}

/// With S and R clear an IPC goes on; new SP and IP take effect when it ends.
void redirect_a_receiver()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(receive_then_finish));
    settle();
    (void)exchange_registers({.dest = thread.id(),
                              .control = s | i,
                              .sp = thread.stack().top() - 8,
                              .ip = reinterpret_cast<Word>(&count_elsewhere)});
    settle();
    CHECK_EQ(finished, 0);
    CHECK_EQ(send_result(thread.id(), at_once), 0);
    settle();
    CHECK(finished > 1);
    CHECK_EQ(code, ~Word{0});
}

void cancel_and_redirect()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(receive_then_finish));
    settle();
    (void)exchange_registers({.dest = thread.id(),
                              .control = S | R | s | i,
                              .sp = thread.stack().top() - 8,
                              .ip = reinterpret_cast<Word>(&count_elsewhere)});
    settle();
    CHECK(finished > 1);
    CHECK_EQ(code, ~Word{0});
}

/// Stops in the middle of an IPC, as the classic headers do: 305, 303, 307.
void abort_and_stop()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(receive_then_finish));
    settle();
    (void)exchange_registers({.dest = thread.id(), .control = 0x307});
    settle();
    CHECK_EQ(finished, 0);
    CHECK_EQ(exchange_registers({.dest = thread.id(), .control = d}).control & 7, H);
    (void)exchange_registers({.dest = thread.id(), .control = h});
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, receive_error(L4_IPC_CANCELLED));
}

void flags()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(count));
    settle();
    (void)exchange_registers({.dest = thread.id(), .control = H | h});
    (void)exchange_registers({.dest = thread.id(), .control = f, .flags = ~Word{0}});
    CHECK_EQ(exchange_registers({.dest = thread.id(), .control = d}).flags, 0x202 | 0x8d5);
    (void)exchange_registers({.dest = thread.id(), .control = f, .flags = 0});
    CHECK_EQ(exchange_registers({.dest = thread.id(), .control = d}).flags, 0x202);
}

void on_oneself()
{
    auto old = exchange_registers({.dest = l4::my_global_id(), .control = u | d, .user_defined_handle = 0x99});
    CHECK_EQ(old.dest, word(l4::my_utcb().mr));
    CHECK_EQ(l4::my_utcb().user_defined_handle, 0x99);
    old = exchange_registers({.dest = l4::my_global_id(), .control = u | d});
    CHECK_EQ(old.user_defined_handle, 0x99);
    // New flags, and the old ones back.
    constexpr Word carry = 1, overflow = 0x800;
    (void)exchange_registers({.dest = l4::my_global_id(), .control = f | d, .flags = 0});
    old = exchange_registers({.dest = l4::my_global_id(), .control = f | d, .flags = carry | overflow});
    CHECK_EQ(old.flags & ~Word{0x8d5}, 0x202);
    CHECK_EQ(old.ip >> 47, 0x1ffff);
    CHECK(old.sp != 0 && old.sp >> 47 == 0);
}

void halt_oneself(Word)
{
    (void)exchange_registers({.dest = l4::my_global_id(), .control = H | h});
    finished = 1;
}

void stop_oneself()
{
    Thread thread;
    reset();
    REQUIRE(thread.start(halt_oneself));
    settle();
    CHECK_EQ(finished, 0);
    CHECK_EQ(exchange_registers({.dest = thread.id(), .control = d}).control & 7, H);
    (void)exchange_registers({.dest = thread.id(), .control = h});
    REQUIRE(wait_for(finished, 1));
}

void wait_for_start()
{
    Thread thread;
    REQUIRE(thread.create());
    CHECK_EQ(exchange_registers({.dest = thread.id(), .control = d}).control & 7, R);
}

/// The stub's own convention: nothing but the outputs is promised, but the stack is.
void output_registers()
{
    Thread thread;
    REQUIRE(thread.start([](Word) {}));
    settle();
    thread.utcb().user_defined_handle = 0xabc;
    Registers registers = distinct_registers(7);
    registers.rax = thread.id().raw();
    registers.rsi = d;
    test_call(&registers, l4::kip().exchange_registers);
    CHECK_EQ(registers.rax, thread.local_id());
    CHECK_EQ(registers.rsi & 7, R);
    CHECK_EQ(registers.r10, 0xabc);
    CHECK_EQ(registers.rdi, controller());
    CHECK_EQ(registers.rflags & 0x400, 0);
}

constexpr Case cases[] = {
    {"error 2 for a thread that does not exist", "ExchangeRegisters", nonexistent},
    {"error 2 for a thread of another space", "ExchangeRegisters", other_spaces},
    {"handle and pager: set, read, left alone", "ExchangeRegisters", handle_and_pager},
    {"old IP, SP and flags of a running thread", "ExchangeRegisters", old_registers},
    {"H, R and S tell the state", "ExchangeRegisters", states},
    {"halt and resume", "ExchangeRegisters", halt_and_resume},
    {"a halted receiver gets its message and does not run", "ExchangeRegisters", halted_receiver},
    {"a halted sender delivers its message and does not run", "ExchangeRegisters", halted_sender},
    {"a halted sleeper does not wake", "ExchangeRegisters", halted_sleeper},
    {"new SP and IP for a running thread", "ExchangeRegisters", redirect_a_running_thread},
    {"new SP and IP take effect when an IPC ends", "ExchangeRegisters", redirect_a_receiver},
    {"with S and R the IPC ends and the thread goes to its new IP", "ExchangeRegisters", cancel_and_redirect},
    {"abort and stop (307h)", "ExchangeRegisters", abort_and_stop},
    {"only arithmetic flags can be set", "ExchangeRegisters", flags},
    {"on oneself", "ExchangeRegisters", on_oneself},
    {"a thread may halt itself", "ExchangeRegisters", stop_oneself},
    {"a thread that waits for its start message is receiving", "ExchangeRegisters", wait_for_start},
    {"results in their registers", "ExchangeRegisters, amd64 registers", output_registers},
};

} // namespace

Group const exchange_registers_cases{"exchange registers", cases};

} // namespace test
