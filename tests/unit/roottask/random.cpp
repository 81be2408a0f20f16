// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/random.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace {

using namespace root;
using l4::Word;

constexpr unsigned draws = 200;

/// No number twice, and each bit about as often 1 as 0: 200 throws of a coin are within 50 and 150.
void expect_random(std::function<Word()> const& draw)
{
    std::set<Word> seen;
    unsigned ones[64]{};
    for (unsigned n = 0; n < draws; ++n) {
        Word const value = draw();
        EXPECT_TRUE(seen.insert(value).second);
        for (unsigned bit = 0; bit < 64; ++bit) ones[bit] += value >> bit & 1;
    }
    for (unsigned const count : ones) {
        EXPECT_GT(count, 50u);
        EXPECT_LT(count, 150u);
    }
}

TEST(Random, EverySourceIsRandomAlone)
{
    expect_random(random::from_jitter);
    expect_random(random::word);
    if (!random::from_processor()) GTEST_SKIP() << "this processor has no generator";
    expect_random([] { return random::from_processor().value_or(0); });
}

TEST(Random, EveryVersionIsLegal)
{
    EXPECT_EQ(random::version_of(0), 1u);
    EXPECT_EQ(random::version_of(0xffffffc0), 0xffffffc1u);
    EXPECT_EQ(random::version_of(0xffffffff00000003), 3u);
    EXPECT_EQ(random::version_of(0x8000007f), 0x8000007fu);
    for (unsigned n = 0; n < draws; ++n) EXPECT_TRUE(random::thread_id(0x66).is_global());
}

/// The next version says nothing of the one after.
TEST(Random, ThreadIdsOfOneNumberDiffer)
{
    std::set<Word> versions;
    for (unsigned n = 0; n < draws; ++n) {
        l4::ThreadId const id = random::thread_id(0x66);
        EXPECT_EQ(id.number(), 0x66u);
        versions.insert(id.version());
    }
    EXPECT_GE(versions.size(), draws - 1);
}

} // namespace
