// SPDX-License-Identifier: BSD-2-Clause
//
// Two tasks that send each other empty messages and say what a round trip costs. Started as a
// pair (task=pingpong*2): instance 0 sends and measures, instance 1 answers.

#include <l4/console.hpp>
#include <l4/ipc.hpp>
#include <l4/machine.hpp>
#include <l4/task.hpp>

namespace {

constexpr l4::Word rounds = 1000;

[[noreturn]] void answer(l4::ThreadId partner)
{
    l4::Message message;
    for (;;) {
        l4::receive(partner, message);
        // As a server does: the answer and the wait for the next request are one call.
        while (!message.tag().is_error()) {
            message = l4::Message{};
            l4::ipc(partner, partner, {}, message);
        }
    }
}

void measure(l4::ThreadId partner, l4::Console& console)
{
    for (;;) {
        l4::Word const start = l4::time_stamp();
        l4::Word done = 0;
        while (done < rounds) {
            l4::Message message;
            if (!l4::call(partner, message)) break;
            ++done;
        }
        l4::Word const cycles = l4::time_stamp() - start;
        if (done == rounds)
            console.line("{} round trips, {} cycles each", rounds, cycles / rounds);
        else
            console.line("partner failed after {} round trips", done);
        l4::sleep(l4::Time::milliseconds(30'000));
    }
}

} // namespace

void task_main(l4::TaskStart const& start)
{
    l4::Console console{start.console_id()};
    if (!console.open()) return;
    if (start.instance_count != 2) {
        console.line("needs to be started as a pair, not as {}", start.instance_count);
        return;
    }
    if (start.instance == 0)
        measure(start.peer(1), console);
    else
        answer(start.peer(0));
}
