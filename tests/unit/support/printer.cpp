// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

TEST(Printer, numbers)
{
    EXPECT_EQ(printed(Hex{0}), "0");
    EXPECT_EQ(printed(Hex{0xbeef, 8}), "0000beef");
    EXPECT_EQ(printed(Hex{~Word{0}, 2}), "ffffffffffffffff");
    EXPECT_EQ(printed(Dec{42, 5}), "   42");
    EXPECT_EQ(printed(~Word{0}), "18446744073709551615");
    EXPECT_EQ(printed(-7), "-7");
    EXPECT_EQ(printed(-2147483647 - 1), "-2147483648");
    EXPECT_EQ(printed(3, ' ', 4u, " x"), "3 4 x");
}

TEST(Printer, sizes_lose_nothing)
{
    EXPECT_EQ(printed(Size{0}), "0 B");
    EXPECT_EQ(printed(Size{1023}), "1023 B");
    EXPECT_EQ(printed(Size{1024}), "1 KiB");
    EXPECT_EQ(printed(Size{1025}), "1025 B");
    EXPECT_EQ(printed(Size{Word{3} << 20}), "3 MiB");
    EXPECT_EQ(printed(Size{Word{1} << 50}), "1048576 GiB");
}

TEST(Printer, addresses_and_ranges)
{
    EXPECT_EQ(printed(PhysAddr{0x1000}), "00001000");
    EXPECT_EQ(printed(VirtAddr{0x1000}), "0000000000001000");
    EXPECT_EQ(printed(PhysRange{PhysAddr{0x1000}, 0x1000}), "00001000..00001fff");
    EXPECT_EQ(printed(PhysRange{PhysAddr{0x1000}, 0}), "00001000 (empty)");
}

} // namespace
} // namespace pecan
