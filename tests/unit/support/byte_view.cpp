// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/support/byte_view.hpp"

#include "kernel/support/fixed_list.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pecan {
namespace {

TEST(ByteView, reads_only_what_is_there)
{
    std::vector<unsigned char> const bytes{1, 0, 0, 0, 2};
    ByteView const view{bytes.data(), bytes.size()};
    std::uint32_t number = 77;
    EXPECT_TRUE(view.read(0, number));
    EXPECT_EQ(number, 1u);
    EXPECT_TRUE(view.read(1, number)); // unaligned
    EXPECT_EQ(number, 0x02000000u);
    EXPECT_FALSE(view.read(2, number));
    EXPECT_FALSE(view.read(~Word{0}, number));
    EXPECT_FALSE(view.read(~Word{0} - 3, number));
    EXPECT_EQ(number, 0x02000000u);
    EXPECT_TRUE(view.holds(5, 0));
    EXPECT_FALSE(view.holds(6, 0));
    EXPECT_FALSE(view.holds(1, ~Word{0}));
}

TEST(ByteView, parts_are_cut_to_what_is_there)
{
    std::vector<unsigned char> const bytes{'a', 'b', 0, 'c'};
    ByteView const view{bytes.data(), bytes.size()};
    EXPECT_EQ(view.part(1, 100).size(), 3u);
    EXPECT_EQ(view.part(4, 1).size(), 0u);
    EXPECT_EQ(view.part(~Word{0}, ~Word{0}).size(), 0u);
    EXPECT_TRUE(view.text() == "ab");
    EXPECT_TRUE(view.part(3, 1).text() == "c"); // ends with the bytes
    EXPECT_TRUE(ByteView{}.text().empty());
}

TEST(FixedList, refuses_more_than_fits)
{
    FixedList<int, 2> list;
    EXPECT_TRUE(list.add(1));
    EXPECT_TRUE(list.add(2));
    EXPECT_FALSE(list.add(3));
    EXPECT_EQ(list.size(), 2u);
    EXPECT_EQ(list[1], 2);
    EXPECT_DEATH((void)list[2], "assertion failed");
}

} // namespace
} // namespace pecan
