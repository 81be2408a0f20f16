// SPDX-License-Identifier: BSD-2-Clause
#include "sigma0/protocol.hpp"
#include "sigma0/policy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace sigma0;
using l4::Fpage;
using l4::Message;
using l4::Rights;

constexpr ThreadId root_server = ThreadId::global(50, 1);
constexpr ThreadId stranger = ThreadId::global(60, 1);

l4_kip_memory_desc desc(Word first, Word last, Word type)
{
    return {(first & ~Word{0x3ff}) | type, last & ~Word{0x3ff}};
}

class Sigma0Protocol : public testing::Test {
protected:
    Sigma0Protocol()
    {
        std::vector<l4_kip_memory_desc> const memory = {
            desc(0, ~Word{0}, L4_MEMORY_SHARED),
            desc(0, 0x9fbff, L4_MEMORY_CONVENTIONAL),
            desc(0x9fc00, 0x9ffff, 2u << 4 | L4_MEMORY_ARCH),
            desc(0xf0000, 0xfffff, 2u << 4 | L4_MEMORY_ARCH),
            desc(0x100000, 0x7ffffff, L4_MEMORY_CONVENTIONAL),
            desc(0xa0000, 0xbffff, L4_MEMORY_SHARED),
            desc(0x6000000, 0x6ffffff, L4_MEMORY_RESERVED),
            desc(0x7000000, 0x7000fff, L4_MEMORY_MODULE),
            desc(0x7001000, 0x7001fff, L4_MEMORY_TRACE),
            desc(0, 0x7fffffffffff, 1u << 9 | L4_MEMORY_CONVENTIONAL),
        };
        EXPECT_TRUE(set_up_memory(memory_, {.memory = memory,
                                            .kernel = {0x900000, 0x980000},
                                            .sigma0 = {0x200000, 0x219000},
                                            .sigma1 = {},
                                            .root_server = {0x400000, 0x438000},
                                            .sigma1_id = ThreadId::global(49, 1),
                                            .root_server_id = root_server,
                                            .own_kip = {0x5f00000, 0x5f01000},
                                            .own_utcbs = {0x5000000, 0x5040000}}));
        EXPECT_TRUE(set_up_ports(ports_, root_server));
    }

    /// The flexpage of the answer to a request; nilpage if refused.
    Fpage ask(ThreadId who, Word raw, Word attributes = 0)
    {
        auto const answer = protocol_.answer(who, Message{l4::protocol::sigma0}.word(raw).word(attributes));
        EXPECT_TRUE(answer);
        EXPECT_EQ(answer->tag().typed(), 2u);
        EXPECT_EQ(answer->tag().untyped(), 0u);
        EXPECT_EQ(answer->mr(1) & 0xf, L4_ITEM_MAP);
        return Fpage::from_raw(answer->mr(2));
    }
    Fpage ask_memory(ThreadId who, Word base, unsigned log2) { return ask(who, L4_FPAGE(base, log2, 0)); }

    RegionPool memory_{memory_limit};
    RegionPool ports_{port_limit};
    Protocol protocol_{memory_, ports_, root_server};
};

TEST_F(Sigma0Protocol, GivesMemoryByAddressIdempotently)
{
    auto const answer =
        protocol_.answer(stranger, Message{l4::protocol::sigma0}.word(L4_FPAGE(0x1234000, 12, 0)).word(0));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->mr(0), 0x80u);
    EXPECT_EQ(answer->mr(1), 0x1234008u);
    EXPECT_EQ(answer->mr(2), L4_FPAGE(0x1234000, 12, 7));
}

TEST_F(Sigma0Protocol, RefusalIsAMapItemOfTheNilpage)
{
    ASSERT_TRUE(ask_memory(stranger, 0x1000000, 20) == Fpage::memory(0x1000000, 20, Rights::rwx));
    auto const answer =
        protocol_.answer(root_server, Message{l4::protocol::sigma0}.word(L4_FPAGE(0x1000000, 12, 0)).word(0));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->mr(0), 0x80u);
    EXPECT_EQ(answer->mr(1), 0x8u);
    EXPECT_EQ(answer->mr(2), 0u);
}

TEST_F(Sigma0Protocol, AnyRequestOfTheClassicHeaders)
{
    // All ones, bit 3 included, with a third word: 'any page' by accident in the extended form.
    auto const answer =
        protocol_.answer(stranger, Message{l4::protocol::sigma0}.word(0xfffffffffffffcc8).word(0).word(0));
    ASSERT_TRUE(answer);
    Fpage const page = Fpage::from_raw(answer->mr(2));
    EXPECT_EQ(page.log2size(), 12u);
    EXPECT_NE(page.base(), 0u);
    EXPECT_EQ(answer->mr(1) & ~Word{0x3ff}, page.base());
}

TEST_F(Sigma0Protocol, ExtendedAddressesComeFromTheThirdWord)
{
    auto const answer = protocol_.answer(
        stranger, Message{l4::protocol::sigma0}.word(L4_FPAGE(0xabc000, 12, 0) | 8).word(0).word(0x12));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->mr(2), L4_FPAGE(0x1200abc000, 12, 7));
    // Without bit 3 the word is ignored.
    auto const plain =
        protocol_.answer(stranger, Message{l4::protocol::sigma0}.word(L4_FPAGE(0xabc000, 12, 0)).word(0).word(0x12));
    EXPECT_EQ(plain->mr(2), L4_FPAGE(0xabc000, 12, 7));
}

TEST_F(Sigma0Protocol, NeverGivesReservedMemory)
{
    for (Word address : {0x6000000ul, 0x6fff000ul, 0x200000ul, 0x218000ul, 0x5f00000ul, 0x503f000ul, 0x900000ul,
                         0xfee00000ul, 0xfec00000ul, 0xfed00000ul})
        EXPECT_TRUE(ask_memory(root_server, address, 12).is_nil()) << std::hex << address;
    EXPECT_TRUE(ask_memory(root_server, 0x4000000, 26).is_nil()) << "contains reserved memory";
    EXPECT_TRUE(ask_memory(root_server, 0, 32).is_nil());
    EXPECT_TRUE(ask(root_server, L4_COMPLETE_SPACE).is_nil());
    // Whatever 'any' gives is not reserved, and there is an end to it.
    for (unsigned log2 = 30; log2 >= 12; --log2)
        for (;;) {
            Fpage const page = ask(stranger, L4_FPAGE(~Word{0}, log2, 0) & ~Word{8});
            if (page.is_nil()) break;
            Range const got{page.base(), page.base() + (Word{1} << page.log2size())};
            EXPECT_FALSE(got.overlaps({0x6000000, 0x7001000}));
            EXPECT_FALSE(got.overlaps({0x200000, 0x219000}));
            EXPECT_FALSE(got.overlaps({0x400000, 0x438000}));
            EXPECT_FALSE(got.overlaps({0x900000, 0x980000}));
            EXPECT_FALSE(got.overlaps({0x9f000, 0x100000}));
            EXPECT_LE(got.end, 0x8000000u);
        }
}

TEST_F(Sigma0Protocol, ModulesAndTheRootImageAreTheirOwners)
{
    EXPECT_TRUE(ask_memory(stranger, 0x400000, 12).is_nil());
    EXPECT_FALSE(ask_memory(root_server, 0x400000, 12).is_nil());
    EXPECT_FALSE(ask_memory(root_server, 0x7000000, 12).is_nil());
    EXPECT_TRUE(ask_memory(stranger, 0x7000000, 12).is_nil());
}

TEST_F(Sigma0Protocol, SharedMemoryForAll)
{
    for (ThreadId who : {root_server, stranger}) EXPECT_FALSE(ask_memory(who, 0xb8000, 15).is_nil());
}

TEST_F(Sigma0Protocol, RefusesAttributesAndWrongSizes)
{
    EXPECT_TRUE(ask(stranger, L4_FPAGE(0x1000000, 12, 0), 1).is_nil());
    for (unsigned log2 : {0u, 1u, 3u, 11u, 52u, 53u, 63u})
        EXPECT_TRUE(ask_memory(stranger, 0x1000000, log2).is_nil()) << log2;
    EXPECT_TRUE(ask_memory(stranger, Word{1} << 52, 12).is_nil());
    EXPECT_FALSE(ask_memory(stranger, 0x1000000, 12).is_nil()) << "nothing was taken by the refusals";
}

TEST_F(Sigma0Protocol, PageFaults)
{
    Message const fault = Message{L4_LABEL_PAGE_FAULT(L4_RIGHT_W)}.word(0x404123).word(0x400010);
    auto const answer = protocol_.answer(root_server, fault);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->mr(2), L4_FPAGE(0x404000, 12, 7));
    EXPECT_EQ(answer->mr(1), 0x404008u);
    EXPECT_FALSE(protocol_.answer(stranger, fault)) << "root's page; no answer, no endless fault loop";
    Message const wild = Message{L4_LABEL_PAGE_FAULT(L4_RIGHT_R)}.word(~Word{0}).word(0);
    EXPECT_FALSE(protocol_.answer(root_server, wild));
}

TEST_F(Sigma0Protocol, Ports)
{
    EXPECT_EQ(ask(root_server, L4_IO_FPAGE(0x3f8, 3, 0)), Fpage::ports(0x3f8, 3));
    EXPECT_TRUE(ask(stranger, L4_IO_FPAGE(0x3f8, 0, 0)).is_nil());
    EXPECT_FALSE(ask(stranger, L4_IO_FPAGE(0x2f8, 3, 0) | 0xffffffff00000008).is_nil());
    for (Word port : {0x20, 0x21, 0xa0, 0x40, 0x43, 0x61, 0x4d0, 0x514, 0x518, 0x0, 0xd4})
        for (ThreadId who : {root_server, stranger})
            EXPECT_TRUE(ask(who, L4_IO_FPAGE(port, 0, 0)).is_nil()) << std::hex << port;
    for (Word port : {0x64, 0x70, 0x71, 0x92, 0xb2, 0xcf8, 0xcf9, 0xcfc, 0xcff}) {
        EXPECT_TRUE(ask(stranger, L4_IO_FPAGE(port, 0, 0)).is_nil()) << std::hex << port;
        EXPECT_FALSE(ask(root_server, L4_IO_FPAGE(port, 0, 0)).is_nil()) << std::hex << port;
    }
    EXPECT_TRUE(ask(root_server, L4_COMPLETE_IO_SPACE).is_nil());
    EXPECT_TRUE(ask(root_server, L4_IO_FPAGE(0, 17, 0)).is_nil());
    EXPECT_TRUE(ask(root_server, L4_IO_FPAGE(0, 63, 0)).is_nil());
}

TEST_F(Sigma0Protocol, IoFaults)
{
    auto const fault = [](Word port) { return Message{L4_LABEL_IO_FAULT}.word(L4_IO_FPAGE(port, 0, 6)).word(0x1000); };
    auto const answer = protocol_.answer(stranger, fault(0x3f8));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->mr(2), Fpage::ports(0x3f8, 0).raw());
    // As with pages: an answer would let the thread run into the same fault for ever.
    EXPECT_FALSE(protocol_.answer(stranger, fault(0x20)));
}

TEST_F(Sigma0Protocol, NonsenseGetsNoAnswer)
{
    Word const raw = L4_FPAGE(0x1000000, 12, 0);
    EXPECT_FALSE(protocol_.answer(stranger, Message{l4::protocol::sigma0}));
    EXPECT_FALSE(protocol_.answer(stranger, Message{l4::protocol::sigma0}.word(raw)));
    EXPECT_FALSE(protocol_.answer(stranger, Message{l4::protocol::sigma0}.word(raw).word(0).word(0).word(0)));
    EXPECT_FALSE(protocol_.answer(
        stranger, Message{l4::protocol::sigma0}.word(raw).word(0).map({Fpage::memory(0, 12, Rights::r), 0})));
    EXPECT_FALSE(protocol_.answer(stranger, Message{0}.word(raw).word(0)));
    EXPECT_FALSE(protocol_.answer(stranger, Message{L4_LABEL_EXCEPTION}.word(raw).word(0)));
    EXPECT_FALSE(protocol_.answer(stranger, Message{L4_LABEL_INTERRUPT}));
}

TEST_F(Sigma0Protocol, DumpExtensionAnswersTheRootServerOnly)
{
    Message const dump = Message{L4_LABEL(-1001L, 0)}.word(2).word(1);
    EXPECT_EQ(dump.mr(0), 0xffffffffc1700002u);
    EXPECT_TRUE(protocol_.answer(root_server, dump));
    EXPECT_FALSE(protocol_.answer(stranger, dump));
    EXPECT_FALSE(protocol_.answer(root_server, Message{L4_LABEL(-1001L, 0)}.word(1).word(1)));
}

TEST_F(Sigma0Protocol, TheTraceBufferIsTheRootServers)
{
    Word const buffer = Fpage::memory(0x7001000, l4::page_log2, Rights::none).raw();
    EXPECT_TRUE(ask(stranger, buffer).is_nil());
    EXPECT_EQ(ask(root_server, buffer).base(), 0x7001000u);
    EXPECT_TRUE(ask(stranger, buffer).is_nil());
}

} // namespace
