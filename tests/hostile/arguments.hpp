// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_HOSTILE_ARGUMENTS_HPP
#define TESTS_HOSTILE_ARGUMENTS_HPP

#include <l4/word.hpp>

namespace hostile {

/// From the command line of the server's module: seconds=N seed=N.
struct Arguments {
    l4::Word seconds = 10;
    l4::Word seed = 1;
};
Arguments arguments();

} // namespace hostile

#endif
