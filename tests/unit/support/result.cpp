// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/support/result.hpp"

#include "kernel/support/scope_guard.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

enum class Problem { small, big };

Result<int, Problem> halve(int number)
{
    if (number % 2 != 0) return Problem::small;
    return number / 2;
}

Result<int, Problem> quarter(int number) { return TRY(halve(TRY(halve(number)))); }

TEST(Result, holds_a_value_or_an_error)
{
    EXPECT_TRUE(halve(4).has_value());
    EXPECT_EQ(halve(4).value(), 2);
    EXPECT_FALSE(static_cast<bool>(halve(3)));
    EXPECT_EQ(halve(3).error(), Problem::small);
}

TEST(Result, try_returns_the_first_error)
{
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(quarter(6).error(), Problem::small);
    EXPECT_EQ(quarter(5).error(), Problem::small);
}

TEST(ScopeGuard, acts_unless_dismissed)
{
    int actions = 0;
    {
        ScopeGuard const guard{[&] { ++actions; }};
    }
    EXPECT_EQ(actions, 1);
    {
        ScopeGuard guard{[&] { ++actions; }};
        guard.dismiss();
    }
    EXPECT_EQ(actions, 1);
}

Result<int, Problem> guarded(int number, int& actions)
{
    ScopeGuard guard{[&] { ++actions; }};
    int const half = TRY(halve(number));
    guard.dismiss();
    return half;
}

TEST(ScopeGuard, acts_when_try_leaves)
{
    int actions = 0;
    EXPECT_FALSE(guarded(3, actions).has_value());
    EXPECT_EQ(actions, 1);
    EXPECT_TRUE(guarded(4, actions).has_value());
    EXPECT_EQ(actions, 1);
}

} // namespace
} // namespace pecan
