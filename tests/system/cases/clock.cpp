// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/rtc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>

namespace test {
namespace {

using l4::system_clock;
using l4::Time;

void monotonic()
{
    Word last = system_clock();
    Word const first = last;
    for (unsigned n = 0; n < 20'000; ++n) {
        Word const now = system_clock();
        if (!CHECK(now >= last)) return;
        last = now;
    }
    CHECK(last > first);
    NOTE("20000 readings took {} us", last - first);
}

void runs_while_nobody_does()
{
    Word const start = system_clock();
    l4::sleep(Time::milliseconds(50));
    Word const slept = system_clock() - start;
    CHECK(slept >= 50'000 && slept < 500'000);
}

Word read_clock(Word, Word, Word, Word) { return system_clock(); }

void same_everywhere()
{
    Task task;
    REQUIRE(task.create());
    Word const before = system_clock();
    Outcome const there = task.run(read_clock);
    Word const after = system_clock();
    CHECK(there.is_done() && there.value >= before && there.value <= after);
}

/// Two seconds of the real-time clock, from update to update.
void rate_against_the_real_time_clock()
{
    rtc::stop();
    REQUIRE(l4::associate_interrupt(rtc::line, runner()));
    rtc::start(rtc::update_ended);
    ThreadId const line = ThreadId::interrupt(rtc::line);
    Word moment[3]{};
    Message message;
    for (Word& at : moment) {
        if (!CHECK_EQ(l4::receive(line, message, Time::milliseconds(2500)), line)) break;
        at = system_clock();
        rtc::clear();
        (void)l4::send(line, Message{0}, soon);
    }
    rtc::stop();
    (void)l4::associate_interrupt(rtc::line, line);
    Word const taken = moment[2] - moment[0];
    NOTE("two seconds of the real-time clock are {} us", taken);
    // The interrupts may be late by what the host makes of them.
    CHECK(taken > 1'940'000 && taken < 2'060'000);
}

void rate_against_the_time_stamp_counter()
{
    auto const& processor =
        *reinterpret_cast<l4_proc_desc const*>(reinterpret_cast<Word>(&l4::kip()) + l4::kip().proc_desc_offset);
    Word const clock_start = system_clock(), tsc_start = l4::time_stamp();
    l4::sleep(Time::milliseconds(200));
    Word const clock_taken = system_clock() - clock_start;
    Word const khz = (l4::time_stamp() - tsc_start) * 1000 / clock_taken;
    NOTE("{} ticks of the counter in a millisecond; the processor descriptor says {}", khz, processor.internal_khz);
    CHECK(khz > processor.internal_khz / 100 * 99 && khz < processor.internal_khz / 100 * 101);
}

constexpr Case cases[] = {
    {"never goes back", "SystemClock", monotonic},
    {"goes on while all threads sleep", "SystemClock", runs_while_nobody_does},
    {"is the same in every space", "SystemClock", same_everywhere},
    {"counts microseconds: two seconds of the real-time clock", "SystemClock", rate_against_the_real_time_clock},
    {"agrees with counter and processor descriptor", "SystemClock", rate_against_the_time_stamp_counter},
};

} // namespace

Group const clock_cases{"clock", cases};

} // namespace test
