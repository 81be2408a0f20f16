// SPDX-License-Identifier: BSD-2-Clause
#include "tests/hostile/victims.hpp"

#include "tests/system/harness/check.hpp"

#include <l4/ipc.hpp>

#include <utility>

namespace hostile {

namespace {

using l4::Message;
using l4::ThreadId;
using l4::Time;

constexpr Word victims_priority = 200;
constexpr Word pause = 1000;

/// The client writes, whoever is below it reads: it can be interrupted by the client only.
constinit Victims::Report current{};

void serve(Word)
{
    Message message;
    ThreadId to = l4::nilthread;
    for (;;) to = l4::reply_wait(to, message);
}

void call_for_ever(Word server)
{
    for (;;) {
        Word const asleep = l4::system_clock();
        l4::sleep(Time::microseconds(pause));
        Word const start = l4::system_clock();
        Message message{1};
        bool const is_answered = bool{l4::call(ThreadId::from_raw(server), message.word(start))};
        Word const end = l4::system_clock();
        if (!is_answered || message.mr(1) != start) test::fail("a victim gets no answer");
        current.delays.add(start - asleep - pause);
        current.round_trips.add(end - start);
    }
}

} // namespace

bool Victims::start()
{
    ThreadId const server = test::new_id();
    bool const is_there = home_.create() && home_.start_thread(server, 1, servers_stack_, serve, 0, victims_priority);
    if (!is_there) return false;
    test::answer_image_faults(server);
    return client_.start(call_for_ever, server.raw(), victims_priority);
}

Victims::Report Victims::report() { return std::exchange(current, Report{}); }

} // namespace hostile
