// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/api/thread_id.hpp"

#include "kernel/api/msg_tag.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

TEST(ThreadId, global)
{
    ThreadId const id = ThreadId::global(0x123, 0x41);
    EXPECT_EQ(id.raw(), 0x0000012300000041u);
    EXPECT_EQ(id.number(), 0x123u);
    EXPECT_EQ(id.version(), 0x41u);
    EXPECT_TRUE(id.is_global());
    EXPECT_FALSE(id.is_local());
}

TEST(ThreadId, special_ones_are_neither_local_nor_global)
{
    for (ThreadId id : {ThreadId::nil(), ThreadId::any(), ThreadId::any_local()}) {
        EXPECT_FALSE(id.is_local()) << id.raw();
        EXPECT_FALSE(id.is_global()) << id.raw();
    }
    EXPECT_TRUE(ThreadId::nil().is_nil());
    EXPECT_TRUE(ThreadId::any().is_any());
    EXPECT_TRUE(ThreadId::any_local().is_any_local());
}

TEST(ThreadId, local_ones_end_in_six_zeroes)
{
    EXPECT_TRUE(ThreadId{0xbf000200}.is_local());
    EXPECT_FALSE(ThreadId{0xbf000200}.is_global());
    EXPECT_FALSE(ThreadId::global(1, 1).is_local());
}

TEST(MsgTag, fields)
{
    MsgTag const tag = MsgTag::make(0xfffe, 2, 63);
    EXPECT_EQ(tag.raw(), 0xfffe00bfu);
    EXPECT_EQ(tag.label(), 0xfffeu);
    EXPECT_EQ(tag.typed(), 2u);
    EXPECT_EQ(tag.untyped(), 63u);
    EXPECT_EQ(tag.words(), 65u); // more than a message holds: for the kernel to refuse
}

TEST(MsgTag, flags_do_not_reach_the_receiver)
{
    MsgTag const tag = MsgTag::make(1, 0, 0).with(L4_TAG_PROPAGATED | L4_TAG_ERROR);
    EXPECT_TRUE(tag.is_propagated());
    EXPECT_EQ(tag.without_flags().raw(), 0x10000u);
    EXPECT_EQ(MsgTag::failed().raw(), L4_TAG_ERROR);
}

TEST(MsgTag, labels_of_protocols)
{
    EXPECT_EQ(L4_LABEL_PAGE_FAULT(L4_RIGHT_W), 0xffffffffffe2u);
    EXPECT_EQ(MsgTag::make(L4_LABEL_EXCEPTION, 0, 12).raw(), 0xffffffffffb0000cu);
}

} // namespace
} // namespace pecan
