// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/api/fpage.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

TEST(Rights, are_a_set)
{
    Rights const rw{L4_RIGHT_R | L4_RIGHT_W};
    EXPECT_TRUE(rw.read() && rw.write() && !rw.execute());
    EXPECT_TRUE(Rights::all().includes(rw));
    EXPECT_FALSE(rw.includes(Rights::all()));
    EXPECT_TRUE(rw.includes(Rights::none()));
    EXPECT_EQ(Rights::all().without(rw), Rights{L4_RIGHT_X});
    EXPECT_EQ(rw & Rights{L4_RIGHT_W | L4_RIGHT_X}, Rights{L4_RIGHT_W});
    EXPECT_EQ(Rights{0xff}, Rights::all()); // bits that mean nothing are dropped
}

TEST(Fpage, has_base_size_and_rights)
{
    Fpage const page{0x12345000 | 12 << 4 | 7};
    EXPECT_EQ(page.base(), 0x12345000u);
    EXPECT_EQ(page.log2size(), 12u);
    EXPECT_EQ(page.last(), 0x12345fffu);
    EXPECT_EQ(page.rights(), Rights::all());
    EXPECT_FALSE(page.is_nil() || page.is_complete() || page.is_io());
}

TEST(Fpage, a_base_is_aligned_down_to_the_size)
{
    Fpage const page = Fpage::memory(0x12345000, 21, Rights::none());
    EXPECT_EQ(page.base(), 0x12200000u);
    EXPECT_EQ(page.last(), 0x123fffffu);
}

TEST(Fpage, the_complete_space_has_no_end)
{
    EXPECT_TRUE(Fpage::complete().is_complete());
    EXPECT_TRUE(Fpage{L4_COMPLETE_SPACE | 7}.is_complete());
    EXPECT_EQ(Fpage::complete().base(), 0u);
    EXPECT_EQ(Fpage::complete().last(), ~Word{0});
    EXPECT_EQ(Fpage::memory(0, 63, Rights::none()).last(), ~Word{0} >> 1);
    EXPECT_EQ(Fpage::memory(~Word{0}, 63, Rights::none()).last(), ~Word{0});
}

TEST(Fpage, nil_may_carry_rights)
{
    EXPECT_TRUE(Fpage::nil().is_nil());
    EXPECT_TRUE(Fpage{7}.is_nil());
    EXPECT_FALSE(Fpage::complete().is_nil());
}

TEST(Fpage, ports)
{
    Fpage const ports{L4_IO_FPAGE(0x3f8, 3, 7)};
    EXPECT_TRUE(ports.is_io());
    EXPECT_FALSE(ports.is_nil() || ports.is_complete());
    EXPECT_EQ(ports.io_base(), 0x3f8u);
    EXPECT_EQ(ports.io_count(), 8u);
    EXPECT_EQ(Fpage{L4_IO_FPAGE(0x3f9, 3, 7)}.io_base(), 0x3f8u);
    Fpage const all{L4_COMPLETE_IO_SPACE};
    EXPECT_TRUE(all.is_io());
    EXPECT_EQ(all.io_base(), 0u);
    EXPECT_EQ(all.io_count(), 65536u);
    EXPECT_EQ(Fpage{L4_IO_FPAGE(0, 63, 0)}.io_count(), 65536u); // more ports than there are
}

} // namespace
} // namespace pecan
