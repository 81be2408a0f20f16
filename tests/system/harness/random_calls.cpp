// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/harness/random_calls.hpp"

#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/check.hpp"
#include "tests/system/harness/registers.hpp"

#include <l4/kip.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

namespace test {

namespace {

using l4::Fpage;

constinit KnownIds all_known_ids[most_hostile_tasks]{};

Word strange_word(Random& random, KnownIds const& known)
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
    case 2: return known[random.below(known.size())].raw();
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

} // namespace

KnownIds& known_ids(Word hostile_task) { return all_known_ids[hostile_task]; }

Word call_at_random(Word seed, Word count, Word hostile_task, Word)
{
    Random random{seed};
    KnownIds const& known = known_ids(hostile_task);
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
        for (std::size_t i = 0; i < Registers::count; ++i) registers[i] = strange_word(random, known);
        registers.rflags = 0x202 | (random.next() & 0xcd5); // arithmetic flags, DF
        Word const stub = stubs[random.below(sizeof stubs / sizeof stubs[0])];
        if (stub == kip.ipc || stub == kip.lipc) registers.r8 = short_timeouts(random);
        if (is_suicide(registers, stub)) continue;
        for (Word& mr : utcb.mr) mr = strange_word(random, known);
        for (Word& br : utcb.br_descending) br = strange_word(random, known);
        test_call(&registers, stub);
        utcb.pager = pager;
        utcb.exception_handler = handler;
    }
    utcb.br_descending[L4_BR_COUNT - 1] = 0;
    return count;
}

} // namespace test
