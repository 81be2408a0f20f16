// SPDX-License-Identifier: BSD-2-Clause
/// The ready threads of one processor: 256 priorities, first in first out within one (X.2, 4.1 Schedule).
#pragma once

#include <cstdint>

#include "kernel/support/list.hpp"

namespace pecan {

using Priority = std::uint8_t;

struct ReadyTag;

/// T derives from Link<ReadyTag> and has priority().
template <typename T>
class ReadyQueue {
public:
    void push_back(T& thread)
    {
        mark(thread.priority());
        queues_[thread.priority()].push_back(thread);
    }
    void push_front(T& thread)
    {
        mark(thread.priority());
        queues_[thread.priority()].push_front(thread);
    }
    /// Before the thread's priority is changed; no effect if it is not queued.
    void remove(T& thread)
    {
        if (!static_cast<Link<ReadyTag>&>(thread).is_linked()) return;
        List<T, ReadyTag>::remove(thread);
        unmark_if_empty(thread.priority());
    }
    /// The first thread of the highest priority that has one; nullptr if all wait.
    T* front() const
    {
        for (int word = words - 1; word >= 0; --word)
            if (present_[word] != 0) return queues_[word * 64 + 63 - __builtin_clzll(present_[word])].front();
        return nullptr;
    }

private:
    static constexpr int words = 4;

    void mark(Priority p) { present_[p / 64] |= std::uint64_t{1} << p % 64; }
    void unmark_if_empty(Priority p)
    {
        if (queues_[p].is_empty()) present_[p / 64] &= ~(std::uint64_t{1} << p % 64);
    }

    std::uint64_t present_[words]{};
    List<T, ReadyTag> queues_[256];
};

} // namespace pecan
