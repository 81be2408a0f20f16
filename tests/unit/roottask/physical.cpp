// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/physical.hpp"

#include <l4/sigma0.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace root;
using physical::Range;
using physical::Word;

struct Request {
    Word base;
    unsigned log2size;
    bool operator==(Request const&) const = default;
};
std::vector<Request> requests;
bool grants = true;

bool take(Range range)
{
    requests.clear();
    return physical::take(range);
}

TEST(Physical, TakesWholePagesInLargePieces)
{
    EXPECT_TRUE(take({0x1800, 0x4001}));
    EXPECT_EQ(requests, (std::vector<Request>{{0x1000, 12}, {0x2000, 13}, {0x4000, 12}}));
    EXPECT_TRUE(take({0x5000, 0x5000}));
    EXPECT_TRUE(requests.empty());
}

TEST(Physical, SaysWhatSigma0Refuses)
{
    grants = false;
    EXPECT_FALSE(physical::take({0x1000, 0x2000}));
    grants = true;
}

/// Addresses of firmware and boot loader: nobody has looked at them before.
TEST(Physical, RefusesWhatWrapsOrLiesOutsideTheWindow)
{
    constexpr Word limit = Word{1} << physical::window_log2;
    EXPECT_FALSE(take({limit - 0x1000, limit + 1}));
    EXPECT_FALSE(take({~Word{0} - 7, 28})) << "36 bytes at an address just below 2^64";
    EXPECT_FALSE(take({~Word{0} - 0xfff, ~Word{0}}));
    EXPECT_FALSE(take({0x2000, 0x1000}));
    EXPECT_TRUE(requests.empty());
    EXPECT_TRUE(take({limit - 1, limit}));
}

} // namespace

// sigma0, as far as the library shows it.
bool l4::sigma0::request(Word base, unsigned log2size, Fpage)
{
    requests.push_back({base, log2size});
    return grants;
}
std::optional<l4::Word> l4::sigma0::request_any(unsigned, Fpage) { return {}; }
