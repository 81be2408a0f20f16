// SPDX-License-Identifier: BSD-2-Clause
//
// Two tasks that send each other messages and say what a round trip costs. Started as a pair (task=pingpong*2):
// instance 0 calls and measures, instance 1 serves. docs/writing-a-task.md explains it.

#include <l4/console.hpp>
#include <l4/machine.hpp>
#include <l4/task.hpp>
#include <l4/typed.hpp>

namespace {

constexpr l4::Word rounds = 1000;
constexpr l4::Time pause = l4::Time::milliseconds(30'000);

/// A server: what comes goes back.
[[noreturn]] void answer(l4::ThreadId partner)
{
    l4::serve([partner](l4::ThreadId sender, l4::Message const& message) -> std::optional<l4::Message> {
        if (sender != partner) return {}; // strangers get no answer
        return message;
    });
}

/// A client: so many calls with so many words.
void measure(l4::ThreadId partner, unsigned words, l4::Console& console)
{
    l4::Message message;
    for (unsigned n = 0; n < words; ++n) message.word(n);

    l4::Word const start = l4::time_stamp();
    for (l4::Word done = 0; done < rounds; ++done) {
        if (auto const status = l4::call(partner, message); !status) {
            console.line("{} after {} round trips", l4::name_of(status.error()), done);
            return;
        }
    }
    l4::Word const cycles = l4::time_stamp() - start;
    console.line("{} round trips with {} words, {} cycles each", rounds, words, cycles / rounds);
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
    if (start.instance == 1) answer(start.peer(0));
    for (;;) {
        for (unsigned const words : {0u, 8u, 63u}) measure(start.peer(1), words, console);
        l4::sleep(pause);
    }
}
