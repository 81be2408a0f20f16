// SPDX-License-Identifier: BSD-2-Clause
#include "sigma0/region_pool.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace {

using namespace sigma0;

constexpr ThreadId alice = ThreadId::global(100, 1);
constexpr ThreadId bob = ThreadId::global(101, 1);
constexpr Word page = l4::page_size;

RegionPool pool_with_memory()
{
    RegionPool pool{Word{1} << 40};
    pool.describe({0x1000, 0x9f000}, Kind::conventional);
    pool.describe({0x100000, 0x8000000}, Kind::conventional);
    pool.describe({0x200000, 0x300000}, Kind::reserved);
    pool.describe({0xb8000, 0xc0000}, Kind::shared);
    return pool;
}

TEST(RegionPool, ConventionalMemoryGoesToTheFirst)
{
    RegionPool pool = pool_with_memory();
    EXPECT_TRUE(pool.claim({0x400000, 0x500000}, alice));
    EXPECT_TRUE(pool.claim({0x400000, 0x500000}, alice)) << "the owner may ask again";
    EXPECT_TRUE(pool.claim({0x400000, 0x401000}, alice));
    EXPECT_FALSE(pool.claim({0x400000, 0x401000}, bob));
    EXPECT_FALSE(pool.claim({0x3ff000, 0x401000}, bob)) << "half of it is alice's";
    EXPECT_TRUE(pool.claim({0x3ff000, 0x400000}, bob)) << "the refusal has taken nothing";
}

TEST(RegionPool, ReservedMemoryGoesToNobody)
{
    RegionPool pool = pool_with_memory();
    EXPECT_FALSE(pool.claim({0x200000, 0x201000}, alice));
    EXPECT_FALSE(pool.claim({0x1ff000, 0x201000}, alice));
    EXPECT_FALSE(pool.claim({0x100000, 0x400000}, alice));
    EXPECT_FALSE(pool.claim_by_fault({0x200000, 0x201000}, alice));
}

TEST(RegionPool, SharedMemoryGoesToEveryone)
{
    RegionPool pool = pool_with_memory();
    EXPECT_TRUE(pool.claim({0xb8000, 0xb9000}, alice));
    EXPECT_TRUE(pool.claim({0xb8000, 0xb9000}, bob));
    // Across its border: the part before becomes owned, the shared part does not.
    EXPECT_TRUE(pool.claim({0xb7000, 0xb9000}, alice));
    EXPECT_FALSE(pool.claim({0xb7000, 0xb9000}, bob));
    EXPECT_TRUE(pool.claim({0xb8000, 0xb9000}, bob));
}

TEST(RegionPool, FaultsGetOrdinaryMemoryOnly)
{
    RegionPool pool = pool_with_memory();
    EXPECT_TRUE(pool.claim_by_fault({0x400000, 0x401000}, alice));
    EXPECT_TRUE(pool.claim_by_fault({0x400000, 0x401000}, alice));
    EXPECT_FALSE(pool.claim_by_fault({0x400000, 0x401000}, bob));
    EXPECT_TRUE(pool.claim_by_fault({0xb8000, 0xb9000}, bob));
    EXPECT_FALSE(pool.claim_by_fault({0xfeb00000, 0xfeb01000}, alice)) << "a device has to be named";
    EXPECT_TRUE(pool.claim({0xfeb00000, 0xfeb01000}, alice));
    EXPECT_TRUE(pool.claim_by_fault({0xfeb00000, 0xfeb01000}, alice)) << "it is alice's now";
}

TEST(RegionPool, AnyTakesTheSmallestRegionThatFits)
{
    RegionPool pool = pool_with_memory();
    EXPECT_EQ(pool.claim_any(12, alice), 0x1000u);
    EXPECT_EQ(pool.claim_any(12, bob), 0x2000u);
    EXPECT_EQ(pool.claim_any(26, alice), 0x4000000u) << "64 MiB: only there, aligned";
    EXPECT_FALSE(pool.claim_any(26, alice));
    EXPECT_FALSE(pool.claim_any(63, alice));
    EXPECT_FALSE(pool.claim_any(64, alice));
}

TEST(RegionPool, AnyNeverGivesPageZero)
{
    RegionPool pool{Word{1} << 30};
    pool.describe({0, 0x3000}, Kind::conventional);
    EXPECT_EQ(pool.claim_any(12, alice), 0x1000u);
    EXPECT_EQ(pool.claim_any(12, alice), 0x2000u);
    EXPECT_FALSE(pool.claim_any(12, alice));
    EXPECT_TRUE(pool.claim({0, 0x1000}, alice)) << "by address it can be had";
}

TEST(RegionPool, AnyGivesEverythingOnce)
{
    RegionPool pool{Word{1} << 40};
    pool.describe({0x123000, 0x7654000}, Kind::conventional);
    Word total = 0;
    std::map<Word, Word> given;
    for (unsigned log2 = 40; log2 >= 12; --log2) {
        while (auto const base = pool.claim_any(log2, alice)) {
            Word const size = Word{1} << log2;
            EXPECT_TRUE(l4::is_aligned(*base, size));
            EXPECT_GE(*base, 0x123000u);
            EXPECT_LE(*base + size, 0x7654000u);
            auto const next = given.lower_bound(*base);
            EXPECT_TRUE(next == given.end() || next->first >= *base + size);
            given[*base] = size;
            total += size;
        }
    }
    EXPECT_EQ(total, 0x7654000u - 0x123000u);
    EXPECT_EQ(pool.region_count(), 3u) << "neighbours of one owner are merged";
}

TEST(RegionPool, RefusesWhatLiesBeyondTheLimit)
{
    RegionPool pool{0x10000};
    EXPECT_FALSE(pool.claim({0xffff, 0x10001}, alice));
    EXPECT_FALSE(pool.claim({0x20000, 0x30000}, alice));
    EXPECT_FALSE(pool.claim({5, 5}, alice));
    EXPECT_TRUE(pool.claim({0, 0x10000}, alice));
    EXPECT_TRUE(pool.describe({0x8000, ~Word{0}}, Kind::reserved));
    EXPECT_TRUE(pool.describe({0x10000, ~Word{0}}, Kind::reserved)) << "nothing of it is ours";
}

TEST(RegionPool, AFullPoolRefusesAndStaysWhole)
{
    RegionPool pool{Word{1} << 40};
    pool.describe({0, Word{1} << 40}, Kind::conventional);
    unsigned given = 0;
    // Every other page, so that nothing can be merged.
    for (Word i = 0; i < RegionPool::capacity; ++i)
        given += pool.claim({(2 * i + 1) * page, (2 * i + 2) * page}, alice) ? 1 : 0;
    EXPECT_LT(given, RegionPool::capacity);
    EXPECT_GE(given, RegionPool::capacity / 2 - 1);
    EXPECT_LE(pool.region_count(), RegionPool::capacity);
    EXPECT_TRUE(pool.claim({page, 2 * page}, alice));
    EXPECT_FALSE(pool.claim({page, 2 * page}, bob));
    EXPECT_TRUE(pool.claim({0, page}, alice)) << "joins its neighbours, so it needs no room";
}

TEST(RegionPool, AgreesWithAPlainModel)
{
    constexpr Word limit = 64;
    std::mt19937 random{7};
    for (unsigned round = 0; round < 300; ++round) {
        RegionPool pool{limit};
        struct Cell {
            Kind kind = Kind::by_address;
            ThreadId owner{};
        };
        std::vector<Cell> model(limit);
        auto const range = [&] {
            Word const a = random() % limit, b = random() % limit;
            return Range{std::min(a, b), std::max(a, b) + 1};
        };
        for (unsigned i = 0; i < 8; ++i) {
            Range const r = range();
            Kind const kind = static_cast<Kind>(random() % 4);
            ASSERT_TRUE(pool.describe(r, kind));
            for (Word at = r.start; at < r.end; ++at) model[at] = {kind, {}};
        }
        for (unsigned i = 0; i < 60; ++i) {
            Range r = range();
            r.end = std::min(r.end, r.start + 6);
            ThreadId const who = random() % 2 == 0 ? alice : bob;
            bool const fault = random() % 3 == 0;
            bool allowed = true;
            for (Word at = r.start; at < r.end; ++at) {
                Cell const& cell = model[at];
                allowed = allowed && cell.kind != Kind::reserved && !(cell.kind == Kind::by_address && fault) &&
                          !(cell.kind == Kind::owned && cell.owner != who);
            }
            ASSERT_EQ(fault ? pool.claim_by_fault(r, who) : pool.claim(r, who), allowed);
            if (!allowed) continue;
            for (Word at = r.start; at < r.end; ++at)
                if (model[at].kind != Kind::shared) model[at] = {Kind::owned, who};
        }
    }
}

} // namespace
