// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/schedule/ready_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <list>
#include <memory>
#include <random>
#include <vector>

namespace pecan {
namespace {

struct Thread : Link<ReadyTag> {
    explicit Thread(Priority p) : priority_{p} {}
    Priority priority() const { return priority_; }
    Priority priority_;
};

TEST(ReadyQueue, is_empty_at_first)
{
    ReadyQueue<Thread> queue;
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(ReadyQueue, is_first_in_first_out_within_a_priority)
{
    ReadyQueue<Thread> queue;
    Thread a{7}, b{7}, c{7};
    queue.push_back(a);
    queue.push_back(b);
    queue.push_front(c);
    for (Thread* expected : {&c, &a, &b}) {
        EXPECT_EQ(queue.front(), expected);
        queue.remove(*expected);
    }
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(ReadyQueue, every_priority_has_its_place)
{
    ReadyQueue<Thread> queue;
    std::vector<std::unique_ptr<Thread>> threads;
    for (unsigned priority = 0; priority < 256; ++priority) {
        threads.push_back(std::make_unique<Thread>(static_cast<Priority>(priority)));
        queue.push_back(*threads.back());
        EXPECT_EQ(queue.front(), threads.back().get()) << priority;
    }
    for (unsigned priority = 256; priority-- > 0;) {
        EXPECT_EQ(queue.front(), threads[priority].get()) << priority;
        queue.remove(*threads[priority]);
    }
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(ReadyQueue, removing_what_is_not_queued_is_harmless)
{
    ReadyQueue<Thread> queue;
    Thread queued{9}, other{9};
    queue.push_back(queued);
    queue.remove(other);
    EXPECT_EQ(queue.front(), &queued);
    queue.remove(queued);
    queue.remove(queued);
    EXPECT_EQ(queue.front(), nullptr);
}

TEST(ReadyQueueDeathTest, a_thread_is_queued_once)
{
    ReadyQueue<Thread> queue;
    Thread thread{9};
    queue.push_back(thread);
    EXPECT_DEATH(queue.push_front(thread), "assertion failed");
    queue.remove(thread);
}

/// The same as 256 lists in a row.
TEST(ReadyQueue, does_what_a_simple_model_does)
{
    std::mt19937 random{1};
    ReadyQueue<Thread> queue;
    std::array<std::list<Thread*>, 256> model;
    std::vector<std::unique_ptr<Thread>> threads;
    // Few priorities, so that lists get long; at the edges of the bitmap's words.
    constexpr std::array<Priority, 8> priorities{0, 1, 63, 64, 127, 128, 200, 255};
    for (int n = 0; n < 24; ++n) threads.push_back(std::make_unique<Thread>(priorities[n % priorities.size()]));

    for (int step = 0; step < 100'000; ++step) {
        Thread& thread = *threads[random() % threads.size()];
        std::list<Thread*>& list = model[thread.priority()];
        if (thread.is_linked()) {
            queue.remove(thread);
            list.remove(&thread);
            thread.priority_ = priorities[random() % priorities.size()];
        } else if (random() % 2 == 0) {
            queue.push_back(thread);
            list.push_back(&thread);
        } else {
            queue.push_front(thread);
            list.push_front(&thread);
        }
        Thread* first = nullptr;
        for (auto const& each : model)
            if (!each.empty()) first = each.front();
        ASSERT_EQ(queue.front(), first) << "step " << step;
    }
    for (auto& thread : threads) queue.remove(*thread);
}

} // namespace
} // namespace pecan
