// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_THREADS_HPP
#define ROOTTASK_THREADS_HPP

#include <l4/thread.hpp>

/// Making threads and spaces. The caller, the root task's main thread, becomes their pager and
/// scheduler.
namespace root::threads {

using l4::ThreadId;
using l4::Word;

/// Priorities of everything that the root task starts; it itself was started at 255.
namespace priority {
inline constexpr Word console = 200; ///< never computes long, and everyone waits for it
inline constexpr Word main = 180;
inline constexpr Word task = 120; ///< native tasks: short work, above Linux so that it cannot delay them
inline constexpr Word linux_server = 100;
} // namespace priority

/// A thread number that has not been used yet, and a version that nobody can guess (docs/security.md).
ThreadId new_id();
/// A thread of the root task itself, with its UTCB in the given slot (0 is the main thread's).
[[nodiscard]] bool start_local(ThreadId id, unsigned utcb_slot, Word priority, l4::StartState state);

/// A new space with one thread, its UTCB the first. Nothing is left behind after a failure.
[[nodiscard]] bool start_in_new_space(ThreadId id, l4::SpaceLayout const& layout, Word priority, l4::StartState state);

/// What the kernel has left, in frames: as many threads as can be made, and are unmade again.
Word count_free_frames();

} // namespace root::threads

#endif
