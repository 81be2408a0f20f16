// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/memory/direct_map.hpp"
#include "kernel/memory/object_pool.hpp"
#include "tests/unit/memory/host_memory.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace pecan {
namespace {

TEST(FrameAllocator, gives_each_frame_once_and_zeroed)
{
    HostMemory memory{600};
    Word const all = memory->frames().free_count();
    EXPECT_EQ(all, 598u); // two pages of words for the rest
    for (int round = 0; round < 2; ++round) {
        std::set<Word> seen;
        for (;;) {
            PhysAddr const frame = memory->frames().allocate();
            if (frame == PhysAddr{}) break;
            ASSERT_TRUE(seen.insert(frame.raw()).second);
            ASSERT_TRUE(memory->frames().heap().contains(frame));
            auto* bytes = direct_map<unsigned char>(frame);
            for (Word i = 0; i < page_size; ++i) ASSERT_EQ(bytes[i], 0);
            __builtin_memset(bytes, 0xff, page_size);
            ASSERT_EQ(memory->frames().info(frame), 0u);
            memory->frames().info(frame) = ~Word{0};
        }
        EXPECT_EQ(seen.size(), all);
        EXPECT_EQ(memory->frames().free_count(), 0u);
        for (Word frame : seen) memory->frames().free(PhysAddr{frame});
        EXPECT_EQ(memory->frames().free_count(), all);
    }
}

TEST(FrameAllocator, info_words_and_frames_do_not_overlap_at_any_size)
{
    for (Word size : {2, 3, 512, 513, 514, 1024, 1026, 1027, 5000}) {
        HostMemory memory{size};
        Word const info = size - memory->frames().free_count();
        EXPECT_GE(info * 512, memory->frames().free_count()) << size;
        EXPECT_LE(info, size / 512 + 1) << size;
    }
}

TEST(Quota, never_exceeds_its_limit)
{
    Quota quota{10};
    EXPECT_TRUE(quota.charge(10));
    EXPECT_FALSE(quota.charge(1));
    EXPECT_TRUE(quota.charge(0));
    quota.set_limit(5);
    EXPECT_FALSE(quota.charge(0));
    EXPECT_FALSE(quota.charge(~Word{0}));
    quota.release(6);
    EXPECT_TRUE(quota.charge(1));
    EXPECT_FALSE(quota.charge(~Word{0}));
}

TEST(KernelMemory, refuses_by_quota_and_by_heap)
{
    HostMemory memory{4};
    Quota small{page_size}, big{100 * page_size};
    PhysAddr const frame = memory->allocate_frame(small).value();
    EXPECT_EQ(memory->allocate_frame(small).error(), Error::no_memory);
    EXPECT_TRUE(memory->allocate_frame(big).has_value());
    EXPECT_TRUE(memory->allocate_frame(big).has_value());
    EXPECT_EQ(memory->allocate_frame(big).error(), Error::no_memory);
    EXPECT_EQ(big.used(), 2 * page_size);
    memory->free_frame(frame, small);
    EXPECT_EQ(small.used(), 0u);
    EXPECT_TRUE(memory->allocate_frame(big).has_value());
}

struct Thing {
    Word a, b, c, d, e, f;
};

TEST(ObjectPool, random_use_returns_all_frames)
{
    HostMemory memory{64};
    Word const before = memory->frames().free_count();
    ObjectPool<Thing> pool{*memory};
    Quota quota{48 * 84 * 40};
    std::mt19937 random{1};
    std::vector<Thing*> live;
    std::set<Thing*> unique;
    for (int i = 0; i < 20000; ++i) {
        bool const fill = i / 5000 % 2 == 0;
        if (random() % 3 != 0 ? fill : !fill) {
            auto thing = pool.create(quota);
            if (!thing) {
                ASSERT_EQ(live.size(), 84u * 40u);
                continue;
            }
            ASSERT_TRUE(unique.insert(thing.value()).second);
            *thing.value() = {1, 2, 3, 4, 5, 6};
            live.push_back(thing.value());
        } else if (!live.empty()) {
            std::swap(live[random() % live.size()], live.back());
            ASSERT_EQ(live.back()->f, 6u);
            unique.erase(live.back());
            pool.destroy(live.back(), quota);
            live.pop_back();
        }
        ASSERT_EQ(pool.count(), live.size());
        ASSERT_EQ(quota.used(), live.size() * sizeof(Thing));
    }
    for (Thing* thing : live) pool.destroy(thing, quota);
    EXPECT_EQ(memory->frames().free_count(), before);
    EXPECT_EQ(quota.used(), 0u);
}

TEST(ObjectPool, an_empty_heap_costs_no_quota)
{
    HostMemory memory{2};
    Quota quota{page_size};
    PhysAddr const last = memory->frames().allocate();
    ObjectPool<Thing> pool{*memory};
    EXPECT_EQ(pool.create(quota).error(), Error::no_memory);
    EXPECT_EQ(quota.used(), 0u);
    memory->frames().free(last);
}

} // namespace
} // namespace pecan
