// SPDX-License-Identifier: BSD-2-Clause
/// Each bit of RFLAGS by itself (Intel SDM 1, 3.4.3).
#include "kernel/trap/trap_frame.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

constexpr Word bit(unsigned n) { return Word{1} << n; }

TEST(FilterFlags, what_a_user_may_have_and_no_more)
{
    // CF, PF, AF, ZF, SF, TF, DF, OF, RF, AC, ID.
    constexpr unsigned users[] = {0, 2, 4, 6, 7, 8, 10, 11, 16, 18, 21};
    Word all = 0;
    for (unsigned const n : users) {
        all |= bit(n);
        EXPECT_EQ(filter_flags(bit(n)), bit(n) | 0x202) << n;
    }
    for (unsigned n = 0; n < 64; ++n) EXPECT_EQ(filter_flags(bit(n)), (bit(n) & all) | 0x202) << n;
    EXPECT_EQ(filter_flags(~Word{0}), all | 0x202);
}

TEST(FilterFlags, interrupts_are_on_and_no_privilege_is_left)
{
    constexpr Word io_privilege = Word{3} << 12, nested_task = bit(14), virtual_8086 = bit(17);
    for (Word const flags : {Word{0}, ~Word{0}, bit(9), io_privilege, nested_task, virtual_8086}) {
        EXPECT_NE(filter_flags(flags) & bit(9), 0u);
        EXPECT_EQ(filter_flags(flags) & (io_privilege | nested_task | virtual_8086 | bit(19) | bit(20)), 0u);
    }
}

TEST(TrapFrame, int_80h_becomes_the_fault_of_a_closed_gate)
{
    TrapFrame frame{};
    frame.vector = vectors::int80;
    frame.rip = 0x1002;
    frame.refuse_int80();
    EXPECT_EQ(frame.rip, 0x1000u);
    EXPECT_EQ(frame.vector, vectors::general_protection);
    EXPECT_EQ(frame.error, 0x402u);
}

} // namespace
} // namespace pecan
