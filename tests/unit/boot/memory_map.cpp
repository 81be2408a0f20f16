// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/memory_map.hpp"

#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pecan {
namespace {

MemoryMap map_of(std::initializer_list<FirmwareRegion> entries)
{
    MemoryMap::Entries list;
    for (FirmwareRegion const& entry : entries) EXPECT_TRUE(list.add(entry));
    MemoryMap map;
    map.build(list);
    return map;
}

TEST(MemoryMap, sorts)
{
    MemoryMap const map = map_of({{0x100000, 0x100000, 1}, {0, 0x9fc00, 1}, {0x9fc00, 0x400, 2}});
    EXPECT_EQ(printed(map), "  00000000..0009efff  RAM, 636 KiB\n"
                            "  0009f000..0009ffff  reserved, 4 KiB\n"
                            "  00100000..001fffff  RAM, 1 MiB\n");
    EXPECT_EQ(map.ram_size(), 0x9f000u + 0x100000u);
    EXPECT_EQ(map.ram_end(), PhysAddr{0x200000});
}

TEST(MemoryMap, neighbours_of_one_kind_become_one)
{
    MemoryMap const map = map_of({{0x100000, 0x1000, 1}, {0x101000, 0x1000, 1}, {0x100800, 0x1000, 1}});
    ASSERT_EQ(map.regions().size(), 1u);
    EXPECT_TRUE(map.is_ram({PhysAddr{0x100000}, 0x2000}));
    EXPECT_FALSE(map.is_ram({PhysAddr{0x100000}, 0x2001}));
}

TEST(MemoryMap, reserved_wins_whatever_the_order)
{
    for (bool ram_first : {false, true}) {
        FirmwareRegion const ram{0x100000, 0x100000, 1}, reserved{0x140800, 0x1000, 2};
        MemoryMap const map = ram_first ? map_of({ram, reserved}) : map_of({reserved, ram});
        ASSERT_EQ(map.regions().size(), 3u);
        EXPECT_EQ(map.regions()[1].range.start, PhysAddr{0x140000});
        EXPECT_EQ(map.regions()[1].range.end(), PhysAddr{0x142000});
        EXPECT_FALSE(map.is_ram({PhysAddr{0x13f000}, 0x2000}));
    }
}

TEST(MemoryMap, the_more_careful_kind_wins)
{
    MemoryMap const map = map_of({{0, 0x1000, 3}, {0, 0x1000, 4}, {0x1000, 0x1000, 12}, {0x1000, 0x1000, 1}});
    ASSERT_EQ(map.regions().size(), 2u);
    EXPECT_EQ(map.regions()[0].type, 4u);
    EXPECT_EQ(map.regions()[1].type, 12u);
}

TEST(MemoryMap, entries_without_a_whole_page_of_ram_or_of_no_size_vanish)
{
    EXPECT_EQ(map_of({{0x1800, 0x1000, 1}}).regions().size(), 0u);
    EXPECT_EQ(map_of({{0x1000, 0, 1}}).regions().size(), 0u);
    EXPECT_EQ(map_of({{0x1800, 0, 2}}).regions().size(), 0u);
}

TEST(MemoryMap, sizes_that_wrap_end_with_physical_memory)
{
    MemoryMap const map = map_of({{0x1000, ~Word{0}, 2}, {~Word{0} - 5, ~Word{0}, 1}, {Word{1} << 52, 0x1000, 1}});
    ASSERT_EQ(map.regions().size(), 1u);
    EXPECT_EQ(map.regions()[0].range.end(), PhysAddr{Word{1} << 52});
    EXPECT_FALSE(map.is_ram({PhysAddr{~Word{0} - 4095}, 4096}));
}

TEST(MemoryMap, is_ram_does_not_wrap)
{
    MemoryMap const map = map_of({{0x100000, 0x100000, 1}});
    EXPECT_FALSE(map.is_ram({PhysAddr{0x180000}, ~Word{0}}));
    EXPECT_FALSE(map.is_ram({PhysAddr{0x180000}, ~Word{0} - 0x180000 + 1}));
    EXPECT_TRUE(map.is_ram({PhysAddr{0x500000}, 0}));
}

TEST(MemoryMap, random_maps_say_of_each_page_what_the_entries_say)
{
    std::mt19937 random{42};
    for (int round = 0; round < 300; ++round) {
        MemoryMap::Entries entries;
        for (unsigned i = 0, count = 1 + random() % 20; i < count; ++i)
            ASSERT_TRUE(
                entries.add({random() % 0x40000, random() % 0x18000, static_cast<std::uint32_t>(1 + random() % 5)}));
        MemoryMap map;
        map.build(entries);
        PhysAddr last{0};
        for (MemoryRegion const& region : map.regions()) {
            EXPECT_GE(region.range.start, last);
            EXPECT_NE(region.range.size, 0u);
            EXPECT_TRUE(is_aligned(region.range.start.raw() | region.range.size, page_size));
            last = region.range.end();
        }
        for (Word page = 0; page < 0x60000; page += page_size) {
            bool covered = false, spoiled = false;
            for (FirmwareRegion const& e : entries) {
                bool const touches = e.size != 0 && e.start < page + page_size && page < e.start + e.size;
                if (e.type != 1) spoiled |= touches;
                if (e.type == 1 && e.start <= page && page + page_size <= e.start + e.size) covered = true;
            }
            EXPECT_EQ(map.is_ram({PhysAddr{page}, page_size}), covered && !spoiled) << round << ' ' << page;
        }
    }
}

} // namespace
} // namespace pecan
