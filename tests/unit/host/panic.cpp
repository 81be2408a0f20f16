// SPDX-License-Identifier: BSD-2-Clause
/// A broken invariant ends the test program; EXPECT_DEATH can look for its message.
#include "kernel/support/panic.hpp"

#include <cstdio>
#include <cstdlib>

namespace pecan {

void panic(char const* message, char const* file, int line)
{
    std::fprintf(stderr, "panic: %s at %s:%d\n", message, file, line);
    std::abort();
}

} // namespace pecan
