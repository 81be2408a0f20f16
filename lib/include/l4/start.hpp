// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_START_HPP
#define L4_START_HPP

#include <l4/ipc.hpp>

/// The entry point of an initial server.
void server_main();

extern "C" {
/// From the link script: the image's pages, the written ones from __data_start on.
extern unsigned char __image_start[], __data_start[], __image_end[];
}

namespace l4 {

/// Brings every page of the image here by faults of this thread: for pages whose pager will not be asked later, or
/// that other threads must not have to ask for.
inline void touch_image()
{
    for (unsigned char volatile* at = __image_start; at < __image_end; at += page_size) {
        unsigned char const first = *at;
        if (at >= __data_start) *at = first;
    }
}

/// The end of a thread that has nothing left to do: nobody can wake it.
[[noreturn]] inline void stop()
{
    for (;;) sleep(Time::never());
}

} // namespace l4

#endif
