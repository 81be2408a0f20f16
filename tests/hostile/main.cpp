// SPDX-License-Identifier: BSD-2-Clause
//
// Several hostile tasks at once, for as long as the command line says. A root server: it starts them, is their pager,
// and starts them anew when they are done or have ruined themselves. What must hold: the kernel stands, tasks that
// have nothing to do with it keep their timing, and no kernel memory is lost.

#include "tests/hostile/arguments.hpp"
#include "tests/hostile/attacker.hpp"
#include "tests/hostile/victims.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/check.hpp"
#include "tests/system/harness/serial.hpp"

#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/start.hpp>

#include <array>
#include <utility>

namespace hostile {
namespace {

using l4::Time;

constexpr Word attacker_count = 5;
constexpr Word own_priority = 150; ///< below the victims
constexpr Word second = 1'000'000;

template <typename... Arguments>
void say(char const* format, Arguments... arguments)
{
    test::serial::write(l4::Line<200>{format, arguments...}.view());
}

/// As many threads as can be made are unmade again. Tables for their numbers stay: the first count is not to be compared.
Word free_frames()
{
    constexpr Word first = 0x10000;
    ThreadId const me = l4::my_global_id();
    Word count = 0;
    while (l4::thread_control({.dest = ThreadId::global(first + count, 1), .space = me, .scheduler = me})) ++count;
    for (Word n = 0; n < count; ++n) l4::delete_thread(ThreadId::global(first + n, 1));
    return count;
}

/// All attackers, and what has come of them.
class Siege {
public:
    explicit Siege(Word seed) : seed_{seed} {}
    /// True if it went well for so long.
    bool go_on_for(Word microseconds);
    Word rounds() const { return rounds_; }
    Word finished() const { return finished_; }

private:
    bool start(Attacker& attacker);
    void handle(ThreadId sender, Message const& message);

    std::array<Attacker, attacker_count> attackers_{};
    Word seed_;
    Word rounds_ = 0, finished_ = 0;
};

/// Anew. Each may call its neighbour by name, too.
bool Siege::start(Attacker& attacker)
{
    Word const number = static_cast<Word>(&attacker - attackers_.data());
    attacker.end();
    if (!CHECK(attacker.start(number, seed_ + ++rounds_))) return false;
    for (Word n = 0; n < attacker_count; ++n) attackers_[n].learn(attackers_[(n + 1) % attacker_count].agent());
    return true;
}

/// One message of somebody, and what it means.
void Siege::handle(ThreadId sender, Message const& message)
{
    for (Attacker& attacker : attackers_) {
        if (!attacker.has(sender)) continue;
        if (auto const answer = attacker.answer(message); answer && l4::send(sender, *answer, Time::zero())) return;
        if (message.tag().label() == label_round_ends) ++finished_;
        (void)start(attacker);
        return;
    }
}

bool Siege::go_on_for(Word microseconds)
{
    Word const begin = l4::system_clock();
    rounds_ = finished_ = 0;
    for (Attacker& attacker : attackers_)
        if (!start(attacker)) return false;
    Word next_line = begin + second;
    for (Word now = begin; now - begin < microseconds && !test::has_failed(); now = l4::system_clock()) {
        Message message;
        ThreadId const sender = l4::receive(l4::anythread, message, Time::milliseconds(50));
        if (!sender.is_nil()) handle(sender, message);
        for (Attacker& attacker : attackers_)
            if (attacker.is_stuck()) (void)start(attacker);
        if (now > next_line) {
            say("# {} s, {} rounds, {} of them to the end\n", (now - begin) / second, rounds_, finished_);
            next_line += second;
        }
    }
    for (Attacker& attacker : attackers_) attacker.end();
    return !test::has_failed();
}

void note(char const* what, Times const& before, Times const& now)
{
    NOTE("{}: {} times {} us, at most {}; before {}, at most {}", what, now.count, now.sum / now.count, now.longest,
         before.sum / before.count, before.longest);
}

struct Outcome {
    Word frames_before = 0, frames_after = 0;
    Victims::Report before{}, now{};
};

/// The siege itself; false if it did not come to its end.
bool besiege(Arguments const& arguments, Outcome& outcome)
{
    // What lasts from now on: tables for all thread numbers, the victims, a first round of attacks.
    Victims victims;
    if (!CHECK(victims.start()) || !CHECK(l4::set_priority(l4::my_global_id(), own_priority))) return false;
    Siege siege{arguments.seed};
    if (!CHECK(siege.go_on_for(second))) return false;
    (void)free_frames();
    outcome.frames_before = free_frames();
    (void)victims.report();
    l4::sleep(Time::microseconds(second));
    outcome.before = victims.report();

    if (!CHECK(siege.go_on_for(arguments.seconds * second))) return false;
    outcome.now = victims.report();
    outcome.frames_after = free_frames();
    NOTE("seed {}: {} rounds, {} of them to the end; {} frames before, {} after", arguments.seed, siege.rounds(),
         siege.finished(), outcome.frames_before, outcome.frames_after);
    // Else it is not known what they have tried.
    return CHECK(siege.finished() > siege.rounds() / 5);
}

void check_memory(Outcome const& outcome)
{
    constexpr Word kept_by_pools = 4;
    CHECK(outcome.frames_after + kept_by_pools >= outcome.frames_before);
}

/// They are above all: only a piece of kernel work that cannot be interrupted may come first.
void check_timing(Outcome const& outcome, Word seconds)
{
    auto const& [before, now] = std::pair{outcome.before, outcome.now};
    note("round trips", before.round_trips, now.round_trips);
    note("delays", before.delays, now.delays);
    constexpr Word piece = 500;
    CHECK(now.round_trips.longest <= before.round_trips.longest + piece);
    CHECK(now.delays.longest <= before.delays.longest + piece);
    CHECK(now.delays.count >= seconds * 900);
}

/// The line of TAP for the checks since begin_verdict().
void print_verdict(Word number, char const* name)
{
    say("{} {} - hostile: {} [System calls] # 0 ms\n", test::has_failed() ? "not ok" : "ok", number, name);
    test::serial::write(test::failures());
    test::serial::write(test::notes());
}

} // namespace
} // namespace hostile

void server_main()
{
    using namespace hostile;
    l4::ThreadId const me = l4::my_global_id();
    test::set_roles(me, me);
    l4::touch_image();
    (void)l4::sigma0::request_ports(test::serial::port, test::serial::log2_ports);
    Arguments const given = arguments();
    say("\n# {} hostile tasks for {} s, seed {}\n1..2\n", attacker_count, given.seconds, given.seed);
    Outcome outcome;
    test::begin_verdict();
    bool const is_done = CHECK(test::arena::reset_small(64)) && besiege(given, outcome);
    if (is_done) check_memory(outcome);
    print_verdict(1, "the kernel stands, and has lost nothing");
    test::begin_verdict();
    if (CHECK(is_done)) check_timing(outcome, given.seconds);
    print_verdict(2, "tasks that have nothing to do with it keep their timing");
    say("# end of tests\n");
    l4::stop();
}
