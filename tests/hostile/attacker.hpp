// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_HOSTILE_ATTACKER_HPP
#define TESTS_HOSTILE_ATTACKER_HPP

#include "tests/system/harness/random_calls.hpp"
#include "tests/system/harness/thread.hpp"

#include <l4/message.hpp>
#include <l4/syscall.hpp>

#include <optional>

namespace hostile {

using l4::Message;
using l4::ThreadId;
using l4::Word;

/// A task that makes random system calls, with a second thread that sleeps. Of the image it can write nothing but its
/// stacks, whatever it lets the kernel write for it. We are its pager: answer() has what it gets.
class Attacker {
public:
    /// Anew, with the next random numbers.
    bool start(Word number, Word seed);
    void end();

    bool has(ThreadId id) const { return id == agent_ || id == sleeper_; }
    ThreadId agent() const { return agent_; }
    /// Also what it may call the others by.
    void learn(ThreadId other) { test::known_ids(number_)[3] = other; }
    /// To a fault of its own. Nothing: it is done for, by its own doing.
    std::optional<Message> answer(Message const& message) const;
    /// So long in one round: it has lost itself.
    bool is_stuck() const { return l4::system_clock() - started_ > 3'000'000; }

private:
    bool start_thread(ThreadId id, Word utcb, test::Stack& stack, test::Entry entry);

    test::Stack agents_stack_;
    test::Stack sleepers_stack_;
    /// The first never becomes active: it holds the space.
    ThreadId anchor_, agent_, sleeper_;
    Word number_ = 0;
    Word started_ = 0;
};

/// The label with which an attacker says that it has made all its calls.
inline constexpr Word label_round_ends = 0x4a;

} // namespace hostile

#endif
