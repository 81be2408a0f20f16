// SPDX-License-Identifier: BSD-2-Clause
#include <l4/fpage.hpp>
#include <l4/kip.h>
#include <l4/kip.hpp>
#include <l4/message.hpp>
#include <l4/text_words.hpp>
#include <l4/thread_id.hpp>
#include <l4/time.hpp>

#include <gtest/gtest.h>

namespace {

using namespace l4;

TEST(ThreadId, KnowsItsKinds)
{
    ThreadId const global = ThreadId::global(0x123, 1);
    EXPECT_EQ(global.raw(), 0x12300000001u);
    EXPECT_EQ(global.number(), 0x123u);
    EXPECT_EQ(global.version(), 1u);
    EXPECT_TRUE(global.is_global());
    EXPECT_FALSE(global.is_local());
    EXPECT_TRUE(ThreadId::from_raw(0xbf000200).is_local());
    for (ThreadId const special : {nilthread, anythread, anylocalthread}) {
        EXPECT_FALSE(special.is_local());
    }
    EXPECT_FALSE(nilthread.is_global());
    EXPECT_FALSE(anythread.is_global());
}

TEST(Fpage, MemoryRoundsItsBaseDown)
{
    Fpage const page = Fpage::memory(0x12345000, 16, Rights::rw);
    EXPECT_EQ(page.base(), 0x12340000u);
    EXPECT_EQ(page.log2size(), 16u);
    EXPECT_EQ(page.rights(), Rights::rw);
    EXPECT_FALSE(page.is_io());
}

TEST(Fpage, PortsIgnoreUndefinedBits)
{
    Fpage const ports = Fpage::from_raw(Fpage::ports(0x3f8, 3).raw() | 0xdeadbeef00000008);
    EXPECT_TRUE(ports.is_io());
    EXPECT_EQ(ports.first_port(), 0x3f8u);
    EXPECT_EQ(ports.port_count(), 8u);
    EXPECT_EQ(Fpage::from_raw(L4_COMPLETE_IO_SPACE).port_count(), 0x10000u);
    EXPECT_EQ(Fpage::from_raw(L4_COMPLETE_IO_SPACE).first_port(), 0u);
}

TEST(Fpage, LargestBlockStaysInsideAndAligned)
{
    View const view{{0x1000, 0x9000}, 0};
    EXPECT_EQ(largest_block(view, 0x1fff)->log2size, 12u);
    EXPECT_EQ(largest_block(view, 0x5000)->base, 0x4000u);
    EXPECT_EQ(largest_block(view, 0x5000)->log2size, 14u);
    EXPECT_FALSE(largest_block(view, 0xfff));
    EXPECT_FALSE(largest_block(view, 0x9000));
    EXPECT_FALSE(largest_block(view, ~Word{0}));
    EXPECT_FALSE(largest_block({{0, 0}, 0}, 0));
}

TEST(Fpage, LargestBlockIsAlignedOnBothSides)
{
    // 1 GiB that appears 2 MiB further up: nothing larger than 2 MiB can be one flexpage.
    View const view{{0, Word{1} << 30}, large_page_size};
    EXPECT_EQ(largest_block(view, 0x12345678)->log2size, large_page_log2);
    // And at the very top of the number space.
    View const top{{0xffffffff80000000, 0xffffffffc0000000}, Word{0} - 0xffffffff80000000};
    EXPECT_EQ(largest_block(top, 0xffffffff81000000)->log2size, 30u);
}

TEST(Time, IsNeverShorterThanAskedFor)
{
    auto const value = [](Time time) { return (time.raw() & 0x3ff) << (time.raw() >> 10 & 0x1f); };
    EXPECT_EQ(Time::zero().raw(), 0x400u);
    EXPECT_EQ(Time::never().raw(), 0u);
    EXPECT_EQ(Time::microseconds(0), Time::zero());
    for (Word us : {1ul, 2ul, 1023ul, 1024ul, 1025ul, 2047ul, 999'999ul, 1'000'000ul, 123'456'789ul, 1ul << 40}) {
        Time const time = Time::microseconds(us);
        EXPECT_GE(value(time), us);
        EXPECT_LE(value(time), us + us / 256 + 1);
        EXPECT_EQ(time.raw() & 0x8000, 0u); // a period, not a point
    }
    EXPECT_EQ(Time::microseconds(~Word{0}).raw(), L4_TIME_PERIOD(31ul, 1023ul));
    EXPECT_EQ((Timeouts{Time::zero(), Time::never()}.raw()), 0x4000000u);
}

TEST(Message, CountsWordsAndItems)
{
    Message message{0x12};
    message.word(1).word(2).map({Fpage::memory(0x5000, 12, Rights::rwx), 0x7000});
    EXPECT_EQ(message.tag().raw(), L4_TAG(0x12, 2, 2));
    EXPECT_EQ(message.mr(2), 2u);
    EXPECT_EQ(message.mr(3), 0x7008u);
    EXPECT_EQ(message.mr(4), 0x50c7u);
    EXPECT_EQ(message.register_count(), 5u);
}

TEST(Message, NeverOverflows)
{
    Message message{1};
    for (unsigned i = 0; i < 100; ++i) message.word(i);
    EXPECT_EQ(message.tag().untyped(), 63u);
    message.map({Fpage::complete(), 0});
    EXPECT_EQ(message.tag().typed(), 0u);
    EXPECT_EQ(message.mr(64), 0u);
    message.set_mr(0, ~Word{0}); // a tag from outside: 63 and 63
    EXPECT_EQ(message.register_count(), 64u);
}

TEST(Message, ProtocolLabelsMatchTheManual)
{
    EXPECT_EQ(MsgTag(protocol::page_fault | 2, 0, 2).raw(), 0xffffffffffe20002u);
    EXPECT_EQ(MsgTag(protocol::sigma0, 0, 2).raw(), 0xffffffffffa00002u);
    EXPECT_EQ(MsgTag(protocol::io_fault | 6, 0, 2).raw(), 0xffffffffff860002u);
    EXPECT_EQ(MsgTag(protocol::exception, 0, 20).raw(), 0xffffffffffb00014u);
    MsgTag const fault = MsgTag::from_raw(0xffffffffffe40002u);
    EXPECT_EQ(fault.protocol(), protocol::page_fault);
    EXPECT_EQ(fault.fault_rights(), Rights::r);
    EXPECT_NE(MsgTag::from_raw(0xffffffffffa00002u).protocol(), protocol::page_fault);
}

TEST(TextWords, RoundTrip)
{
    Message message{1};
    append_text(message, "Hello, \xff world");
    char buffer[64];
    EXPECT_EQ(extract_text(message, 1, buffer, sizeof buffer), "Hello, \xff world");
    EXPECT_EQ(extract_text(message, 1, buffer, 4), "Hell");
}

TEST(TextWords, SenderCannotClaimMoreThanItSent)
{
    Message message{1};
    message.word(480).word(0x4141414141414141);
    char buffer[480];
    EXPECT_EQ(extract_text(message, 1, buffer, sizeof buffer), "AAAAAAAA");
    EXPECT_EQ(extract_text(Message{1}, 1, buffer, sizeof buffer), "");
}

TEST(Kip, MemoryDescriptorAtTheEndOfTheNumberSpace)
{
    l4_kip_memory_desc const all{L4_MEMORY_SHARED, ~Word{0x3ff}};
    EXPECT_EQ(range_of(all).start, 0u);
    EXPECT_GT(range_of(all).end, Word{1} << 63);
    l4_kip_memory_desc const low{0x1000 | L4_MEMORY_CONVENTIONAL, 0x9f800};
    EXPECT_EQ(range_of(low), (Range{0x1000, 0x9fc00}));
}

} // namespace
