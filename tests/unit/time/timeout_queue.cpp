// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/time/timeout_queue.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace pecan {
namespace {

TEST(TimeoutQueue, is_empty_at_first)
{
    TimeoutQueue queue;
    EXPECT_EQ(queue.first(), nullptr);
}

TEST(TimeoutQueue, the_earliest_is_first)
{
    TimeoutQueue queue;
    Timeout late, early, middle;
    queue.arm(late, Tsc{~Word{0}});
    queue.arm(early, Tsc{0});
    queue.arm(middle, Tsc{1});
    for (Timeout* expected : {&early, &middle, &late}) {
        EXPECT_EQ(queue.first(), expected);
        EXPECT_TRUE(expected->is_armed());
        queue.cancel(*expected);
        EXPECT_FALSE(expected->is_armed());
    }
    EXPECT_EQ(queue.first(), nullptr);
}

TEST(TimeoutQueue, cancelling_what_is_not_armed_is_harmless)
{
    TimeoutQueue queue;
    Timeout armed, other;
    queue.arm(armed, Tsc{5});
    queue.cancel(other);
    EXPECT_EQ(queue.first(), &armed);
    queue.cancel(armed);
    queue.cancel(armed);
    EXPECT_EQ(queue.first(), nullptr);
}

TEST(TimeoutQueue, a_timeout_can_be_armed_anew)
{
    TimeoutQueue queue;
    Timeout a, b;
    queue.arm(a, Tsc{1});
    queue.arm(b, Tsc{2});
    queue.cancel(a);
    queue.arm(a, Tsc{3});
    EXPECT_EQ(queue.first(), &b);
    EXPECT_EQ(a.due(), Tsc{3});
}

TEST(TimeoutQueueDeathTest, a_timeout_is_armed_once)
{
    TimeoutQueue queue;
    Timeout timeout;
    queue.arm(timeout, Tsc{1});
    EXPECT_DEATH(queue.arm(timeout, Tsc{2}), "assertion failed");
}

/// A chain to the left, as long as can be: what walks it must not do so by recursion or in linear time.
TEST(TimeoutQueue, a_descending_order_makes_no_deep_recursion)
{
    constexpr Word count = 200'000;
    TimeoutQueue queue;
    std::vector<Timeout> timeouts(count);
    for (Word n = 0; n < count; ++n) queue.arm(timeouts[n], Tsc{count - n});
    for (Word n = 0; n < count; n += 2) queue.cancel(timeouts[n]);
    for (Word n = count; n-- > 0;) {
        if (n % 2 == 0) continue;
        ASSERT_EQ(queue.first(), &timeouts[n]);
        queue.cancel(timeouts[n]);
    }
    EXPECT_EQ(queue.first(), nullptr);
}

class RandomTimeouts : public testing::TestWithParam<unsigned> {};

/// The same as a sorted set: armed, cancelled anywhere, taken from the front. The parameter: how many moments there are.
TEST_P(RandomTimeouts, do_what_a_sorted_set_does)
{
    std::mt19937_64 random{GetParam()};
    TimeoutQueue queue;
    std::vector<Timeout> timeouts(300);
    std::multiset<Word> model;
    auto cancel = [&](Timeout& timeout) {
        model.erase(model.find(timeout.due().ticks));
        queue.cancel(timeout);
    };
    for (int step = 0; step < 100'000; ++step) {
        // Grows and shrinks in turns, so that small and large heaps are met.
        bool const grows = step / 1000 % 2 == 0;
        Timeout& timeout = timeouts[random() % timeouts.size()];
        if (!timeout.is_armed() && (grows || random() % 4 == 0)) {
            Word const due = random() % GetParam();
            queue.arm(timeout, Tsc{due});
            model.insert(due);
        } else if (timeout.is_armed() && (!grows || random() % 4 == 0)) {
            cancel(random() % 2 == 0 ? timeout : *queue.first());
        }
        if (model.empty()) {
            ASSERT_EQ(queue.first(), nullptr) << "step " << step;
        } else {
            ASSERT_NE(queue.first(), nullptr) << "step " << step;
            ASSERT_TRUE(queue.first()->is_armed()) << "step " << step;
            ASSERT_EQ(queue.first()->due().ticks, *model.begin()) << "step " << step;
        }
    }
    while (!model.empty()) {
        ASSERT_EQ(queue.first()->due().ticks, *model.begin());
        cancel(*queue.first());
    }
    EXPECT_EQ(queue.first(), nullptr);
}

INSTANTIATE_TEST_SUITE_P(moments, RandomTimeouts, testing::Values(1u, 2u, 50u, 1'000'000'000u));

} // namespace
} // namespace pecan
