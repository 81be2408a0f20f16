// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mapping/transfer.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

Fpage fpage(Word base, Word log2size) { return Fpage::memory(base, log2size, Rights::all()); }

struct Case {
    Fpage fpage;
    Word hot_spot;
    Fpage window;
    Word source, destination, size;
};

TEST(Transfer, hot_spot_rule)
{
    Case const cases[] = {
        // fpage smaller: the window's part that the hot spot names
        {fpage(0x5000, 12), 0x5000, fpage(0x100000, 16), 0x5000, 0x105000, 0x1000},
        {fpage(0x5000, 12), 0x7fff'1234'5678, fpage(0x100000, 16), 0x5000, 0x105000, 0x1000},
        {fpage(0x4000, 14), 0x9abc, fpage(0x100000, 16), 0x4000, 0x108000, 0x4000},
        {fpage(0x5000, 12), 0x40005000, Fpage::complete(), 0x5000, 0x40005000, 0x1000},
        {fpage(0x5000, 12), 0xffff'8880'0000'5fff, Fpage::complete(), 0x5000, 0xffff'8880'0000'5000, 0x1000},
        // same size: the hot spot does not matter
        {fpage(0x4000, 14), 0xffff'ffff, fpage(0x10000, 14), 0x4000, 0x10000, 0x4000},
        // window smaller: the fpage's part that the hot spot names
        {fpage(0x100000, 16), 0x7777, fpage(0x4000, 12), 0x107000, 0x4000, 0x1000},
        {fpage(0x100000, 16), 0xabcd'0000'c123, fpage(0x4000, 14), 0x10c000, 0x4000, 0x4000},
        {Fpage::complete(), 0x40007123, fpage(0x4000, 12), 0x40007000, 0x4000, 0x1000},
        // misaligned bases are aligned down
        {fpage(0x5c00, 14), 0, fpage(0x1f000, 16), 0x4000, 0x10000, 0x4000},
    };
    for (Case const& c : cases) {
        Transfer const t = Transfer::of(c.fpage, c.hot_spot, c.window);
        EXPECT_FALSE(t.is_empty);
        EXPECT_EQ(t.source, c.source);
        EXPECT_EQ(t.destination, c.destination);
        EXPECT_EQ(t.last, c.size - 1);
    }
    Transfer const all = Transfer::of(Fpage::complete(), 123, Fpage::complete());
    EXPECT_EQ(all.last, ~Word{0});
    EXPECT_EQ(all.source | all.destination, 0u);
}

TEST(Transfer, nothing_to_transfer)
{
    Fpage const good = fpage(0x4000, 14);
    Fpage const bad[] = {Fpage::nil(),     fpage(0x4000, 11),           fpage(0x4000, 10), fpage(0x4000, 3),
                         fpage(0x4000, 1), Fpage{L4_COMPLETE_IO_SPACE}, Fpage{0x7},        Fpage{0xf}};
    for (Fpage f : bad) {
        EXPECT_TRUE(Transfer::of(f, 0, good).is_empty) << f.raw();
        EXPECT_TRUE(Transfer::of(good, 0, f).is_empty) << f.raw();
    }
}

TEST(Transfer, no_part_wraps)
{
    for (Word f = 12; f < 64; ++f)
        for (Word w = 12; w < 64; ++w) {
            Transfer const t = Transfer::of(fpage(~Word{0}, f), ~Word{0}, fpage(~Word{0}, w));
            EXPECT_GE(t.source + t.last, t.source);
            EXPECT_GE(t.destination + t.last, t.destination);
        }
}

} // namespace
} // namespace pecan
