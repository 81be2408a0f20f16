// SPDX-License-Identifier: BSD-2-Clause
//
// What a task may try, and nobody else may notice. That all of it ends well shows in the cases behind it.

#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/random_calls.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

void check_all_is_well()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(arena::fpage(0), arena::view));
    CHECK(task.can_read(arena::view, arena::mark(0)));
}

// ---- Bad stacks at a system call ----

Word jump(Word stack, Word stub, Word, Word)
{
    test_jump_with_stack(stack, stub);
    return 0;
}

void bad_stacks()
{
    Task task;
    REQUIRE(task.create());
    for (Word const stub : {l4::kip().system_clock, l4::kip().thread_switch, l4::kip().unmap}) {
        for (Word const stack : {0ul, 8ul, 0x7ffffffff000ul, 0x800000000000ul, 0xffff7ffffffffff8ul,
                                 0xffff808000000000ul, 0xffff807fffe06000ul, 0xfffffffffffffff8ul}) {
            Outcome const outcome = task.run(jump, stack, stub);
            CHECK(outcome.kind == Outcome::Kind::page_fault || outcome.kind == Outcome::Kind::exception);
        }
    }
    check_all_is_well();
}

Word in_steps(Word stub, Word, Word, Word) { return test_call_in_steps(stub); }

void single_steps()
{
    Task task;
    REQUIRE(task.create());
    Outcome outcome = task.begin(in_steps, l4::kip().system_clock);
    unsigned steps = 0;
    for (; outcome.kind == Outcome::Kind::exception && steps < 60; ++steps) {
        // Every trap is in user code.
        CHECK_EQ(outcome.message.mr(19), 1);
        outcome = task.answer(Message{0});
    }
    CHECK(outcome.is_done());
    CHECK(steps >= 4);
    NOTE("{} traps", steps);
    check_all_is_well();
}

// ---- Random system calls ----

void random_calls()
{
    REQUIRE(arena::reset_small(64));
    constexpr Word calls = 400, rounds = 30;
    Word finished = 0;
    for (Word round = 0; round < rounds; ++round) {
        Task task, other;
        Stack stack;
        ThreadId const sleeper = new_id();
        REQUIRE(task.create() && task.set_window(Fpage::complete()) && other.create());
        REQUIRE(task.map(Fpage::memory(arena::page(0), 18, l4::Rights::rwx), arena::view));
        REQUIRE(task.start_thread(
            sleeper, 1, stack, [](Word) {}, 0));
        known_ids(0) = {task.agent(), sleeper, other.agent(), task.anchor()};
        Outcome const outcome = task.begin(call_at_random, round + 1, calls, 0);
        if (outcome.is(calls)) ++finished;
        delete_thread(sleeper);
    }
    NOTE("{} times {} calls, {} of them to the end", rounds, calls, finished);
    CHECK(finished > rounds / 4);
    check_all_is_well();
}

// ---- UTCBs ----

/// Everything in a UTCB is the user's to write.
Word scribble(Word value, Word, Word, Word)
{
    l4_utcb& utcb = l4::my_utcb();
    Word const pager = utcb.pager, handler = utcb.exception_handler;
    Registers registers = ipc_registers(ThreadId::from_raw(value), ThreadId::from_raw(value), 0x04000400, ~Word{0});
    auto* const words = reinterpret_cast<Word*>(&utcb);
    constexpr unsigned local_id_word = 15; // what gs points at
    for (unsigned n = 0; n < sizeof utcb / sizeof(Word); ++n)
        if (n != local_id_word) words[n] = value;
    test_call(&registers, l4::kip().ipc);
    // One flexpage, no flush: our code would be lost, with nobody to bring it back.
    registers.rdx = 0;
    test_call(&registers, l4::kip().unmap);
    utcb.pager = pager;
    utcb.exception_handler = handler;
    utcb.br_descending[L4_BR_COUNT - 1] = 0;
    return 1;
}

void utcb_of_garbage()
{
    Task task;
    REQUIRE(task.create());
    for (Word const value : {~Word{0}, Word{0}, Word{0xffff808000000000}, Word{0x8000000000000000}})
        CHECK(task.run(scribble, value).is(1));
    check_all_is_well();
}

constexpr Case cases[] = {
    {"system calls with bad stack pointers", "System calls", bad_stacks},
    {"a system call in single steps", "System calls", single_steps},
    {"random system calls", "System calls", random_calls, 120},
    {"UTCBs full of garbage", "Thread control registers", utcb_of_garbage},
};

} // namespace

Group const hostile_cases{"hostile", cases};

} // namespace test
