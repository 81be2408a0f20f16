// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_START_HPP
#define L4_START_HPP

#include <l4/ipc.hpp>

/// The entry point of an initial server.
void server_main();

namespace l4 {

/// The end of a thread that has nothing left to do: nobody can wake it.
[[noreturn]] inline void stop()
{
    for (;;) sleep(Time::never());
}

} // namespace l4

#endif
