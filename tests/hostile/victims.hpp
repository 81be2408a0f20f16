// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_HOSTILE_VICTIMS_HPP
#define TESTS_HOSTILE_VICTIMS_HPP

#include "tests/system/harness/task.hpp"

namespace hostile {

using l4::Word;

/// How long something took, in microseconds.
struct Times {
    Word count = 0, sum = 0, longest = 0;

    void add(Word time)
    {
        ++count;
        sum += time;
        if (time > longest) longest = time;
    }
};

/// Two threads of two spaces who want nothing from anybody: each millisecond the one calls the other. They are above
/// everybody else.
class Victims {
public:
    bool start();

    struct Report {
        Times round_trips; ///< of the calls
        Times delays;      ///< from the moment of a wake-up to the wake-up
    };
    /// Since the last report.
    Report report();

private:
    test::Thread client_;
    test::Task home_;
    test::Stack servers_stack_;
};

} // namespace hostile

#endif
