// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/support/address.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace pecan {
namespace {

static_assert(!std::is_convertible_v<PhysAddr, VirtAddr>);
static_assert(!std::is_convertible_v<Word, PhysAddr>);
static_assert(std::is_trivially_copyable_v<PhysAddr>);

TEST(Address, rounds_to_powers_of_two)
{
    EXPECT_EQ(align_down(0x1fff, 0x1000), 0x1000u);
    EXPECT_EQ(align_up(0x1001, 0x1000), 0x2000u);
    EXPECT_EQ(align_up(0x1000, 0x1000), 0x1000u);
    EXPECT_EQ(align_up(0, 0x1000), 0u);
    EXPECT_TRUE(is_aligned(0x200000, large_page_size));
    EXPECT_FALSE(is_aligned(0x201000, large_page_size));
    EXPECT_EQ(PhysAddr{0x12345}.aligned_down(page_size), PhysAddr{0x12000});
}

TEST(PhysRange, contains_its_first_byte_but_not_its_end)
{
    PhysRange const range{PhysAddr{0x1000}, 0x1000};
    EXPECT_TRUE(range.contains(PhysAddr{0x1000}));
    EXPECT_TRUE(range.contains(PhysAddr{0x1fff}));
    EXPECT_FALSE(range.contains(PhysAddr{0x2000}));
    EXPECT_FALSE(range.contains(PhysAddr{0xfff}));
}

TEST(PhysRange, neighbours_do_not_overlap)
{
    PhysRange const range{PhysAddr{0x1000}, 0x1000};
    EXPECT_TRUE(range.overlaps({PhysAddr{0x1fff}, 1}));
    EXPECT_FALSE(range.overlaps({PhysAddr{0x2000}, 0x1000}));
    EXPECT_FALSE(range.overlaps({PhysAddr{0}, 0x1000}));
    EXPECT_TRUE(range.overlaps({PhysAddr{0}, 0x10000}));
}

TEST(PhysRange, an_empty_range_overlaps_nothing)
{
    PhysRange const range{PhysAddr{0x1000}, 0x1000};
    EXPECT_FALSE(range.overlaps({PhysAddr{0x1800}, 0}));
    EXPECT_FALSE((PhysRange{PhysAddr{0x1800}, 0}.overlaps(range)));
}

} // namespace
} // namespace pecan
