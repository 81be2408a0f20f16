// SPDX-License-Identifier: BSD-2-Clause
//
// What a task may try, and nobody else may notice. That all of it ends well shows in the cases behind it.

#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
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

class Random {
public:
    explicit Random(Word seed) : state_{seed * 0x9e3779b97f4a7c15 + 1} {}
    Word next()
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    Word below(Word limit) { return next() % limit; }

private:
    Word state_;
};

/// Names for the calls to be about: those of the task itself, and of nobody.
constinit ThreadId known_ids[4];

Word strange_word(Random& random)
{
    constexpr Word edges[] = {0,
                              1,
                              ~Word{0},
                              L4_ANYLOCALTHREAD,
                              0x40,
                              L4_COMPLETE_SPACE | 7,
                              L4_COMPLETE_IO_SPACE | 7,
                              0x7fffffffffff,
                              0x800000000000,
                              0xffff7fffffffffff,
                              0xffff800000000000,
                              0xffff807fffe00000,
                              0xffff808000000000,
                              0xffff810000000000,
                              0xbf000200,
                              0xbf000600,
                              0xbff00000};
    switch (random.below(5)) {
    case 0: return random.next();
    case 1: return random.next() >> random.below(64);
    case 2: return known_ids[random.below(4)].raw();
    case 3:
        return Fpage::memory(arena::view + (random.next() & 0x3fffff), static_cast<unsigned>(random.below(64)),
                             static_cast<l4::Rights>(random.below(8)))
            .raw();
    default: return edges[random.below(sizeof edges / sizeof edges[0])];
    }
}

/// No wait is long.
Word short_timeouts(Random& random)
{
    constexpr Word times[] = {L4_TIME_ZERO, 1, 50};
    return (random.next() & 0xffffffff00000000) | times[random.below(3)] << 16 | times[random.below(3)];
}

/// A thread that halts or moves itself is lost to the test, not to the kernel.
bool is_suicide(Registers const& registers, Word stub)
{
    if (stub != l4::kip().exchange_registers) return false;
    bool const is_self = registers.rax == l4::my_global_id().raw() || registers.rax == word(l4::my_utcb().mr);
    constexpr Word sp_ip_or_halt = 8 | 0x10 | 0x100;
    return is_self && (registers.rsi & sp_ip_or_halt) != 0;
}

Word call_at_random(Word seed, Word count, Word, Word)
{
    Random random{seed};
    l4_kip const& kip = l4::kip();
    Word const stubs[] = {kip.ipc,
                          kip.ipc,
                          kip.lipc,
                          kip.unmap,
                          kip.exchange_registers,
                          kip.thread_switch,
                          kip.schedule,
                          kip.thread_control,
                          kip.space_control,
                          kip.memory_control,
                          kip.system_clock,
                          kip.unmap,
                          kip.schedule,
                          kip.processor_control};
    l4_utcb& utcb = l4::my_utcb();
    Word const pager = utcb.pager, handler = utcb.exception_handler;
    for (Word n = 0; n < count; ++n) {
        Registers registers{};
        for (std::size_t i = 0; i < Registers::count; ++i) registers[i] = strange_word(random);
        registers.rflags = 0x202 | (random.next() & 0xcd5); // arithmetic flags, DF
        Word const stub = stubs[random.below(sizeof stubs / sizeof stubs[0])];
        if (stub == kip.ipc || stub == kip.lipc) registers.r8 = short_timeouts(random);
        if (is_suicide(registers, stub)) continue;
        for (Word& mr : utcb.mr) mr = strange_word(random);
        for (Word& br : utcb.br_descending) br = strange_word(random);
        test_call(&registers, stub);
        utcb.pager = pager;
        utcb.exception_handler = handler;
    }
    utcb.br_descending[L4_BR_COUNT - 1] = 0;
    return count;
}

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
        known_ids[0] = task.agent();
        known_ids[1] = sleeper;
        known_ids[2] = other.agent();
        known_ids[3] = task.anchor();
        Outcome const outcome = task.begin(call_at_random, round + 1, calls);
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
