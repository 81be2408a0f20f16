// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_RANDOM_CALLS_HPP
#define TESTS_SYSTEM_RANDOM_CALLS_HPP

#include <l4/thread_id.hpp>

#include <array>

/// Random system calls with random arguments, as a hostile task makes them.
namespace test {

using l4::ThreadId;
using l4::Word;

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

/// Names for the calls to be about; each hostile task has its own.
using KnownIds = std::array<ThreadId, 4>;
constexpr Word most_hostile_tasks = 8;
KnownIds& known_ids(Word hostile_task);

/// A Function for Task::run: so many calls; the number of calls.
Word call_at_random(Word seed, Word count, Word hostile_task, Word);

} // namespace test

#endif
