// SPDX-License-Identifier: BSD-2-Clause
#include <l4/l4.h>
#include <l4/task.hpp>
#include <l4/typed.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

// Typed calls need an Ipc; here it is a partner that answers at once.
namespace l4 {
namespace {
Message partners_answer;
Message seen_by_partner;
} // namespace

ThreadId ipc(ThreadId, ThreadId from, Timeouts, Message& message)
{
    seen_by_partner = message;
    message = partners_answer;
    return from;
}
IpcError last_ipc_error() { return IpcError::from_raw(L4_IPC_TIMEOUT << 1 | 1); }
Status<IpcError> call(ThreadId to, Message& message, Timeouts timeouts)
{
    ipc(to, to, timeouts, message);
    return message.tag().is_error() ? Status<IpcError>{last_ipc_error()} : Status<IpcError>{};
}
} // namespace l4

namespace {

using namespace l4;

struct Add {
    static constexpr Word label = 0x40;
    Word left, right;
};
struct Sum {
    static constexpr Word label = 0x41;
    Word value;
};
struct Nothing {
    static constexpr Word label = 0x42;
};
struct Negative {
    static constexpr Word label = ~Word{0x13};
    Word value;
};
struct Largest {
    static constexpr Word label = 1;
    Word words[63];
};
struct TooLarge {
    static constexpr Word label = 1;
    Word words[64];
};
struct Odd {
    static constexpr Word label = 1;
    char bytes[7];
};
static_assert(Body<Largest> && Body<Nothing>);
static_assert(!Body<TooLarge> && !Body<Odd>);

TEST(TypedMessage, GoesThroughTheRegisters)
{
    constexpr Message message = pack(Add{3, 4});
    static_assert(message.tag().raw() == L4_TAG(0x40, 0, 2));
    EXPECT_EQ(message.mr(1), 3u);
    EXPECT_EQ(message.mr(2), 4u);
    auto const add = unpack<Add>(message);
    ASSERT_TRUE(add);
    EXPECT_EQ(add->left + add->right, 7u);
}

TEST(TypedMessage, MayBeEmptyOrFull)
{
    EXPECT_EQ(pack(Nothing{}).tag().raw(), L4_TAG(0x42, 0, 0));
    EXPECT_TRUE(unpack<Nothing>(pack(Nothing{})));
    Largest large{};
    large.words[62] = 0x5a;
    EXPECT_EQ(pack(large).tag().untyped(), 63u);
    EXPECT_EQ(unpack<Largest>(pack(large))->words[62], 0x5au);
}

TEST(TypedMessage, IsKnownByLabelAndLength)
{
    EXPECT_FALSE(unpack<Sum>(pack(Add{1, 2})));
    EXPECT_FALSE(unpack<Add>(Message{Add::label}.word(1)));
    EXPECT_TRUE(unpack<Add>(Message{Add::label}.word(1).word(2).word(3)));
    Message failed;
    failed.set_mr(0, L4_TAG(Nothing::label, 0, 0) | L4_TAG_ERROR);
    EXPECT_FALSE(unpack<Nothing>(failed));
    EXPECT_EQ(unpack<Negative>(pack(Negative{9}))->value, 9u);
}

TEST(TypedCall, ReturnsTheAnswer)
{
    partners_answer = pack(Sum{7});
    auto const sum = call<Sum>(ThreadId::global(100, 1), Add{3, 4});
    ASSERT_TRUE(sum);
    EXPECT_EQ(sum->value, 7u);
    EXPECT_EQ(unpack<Add>(seen_by_partner)->right, 4u);
}

TEST(TypedCall, TellsWhyThereIsNone)
{
    partners_answer = pack(Nothing{});
    auto const wrong = call<Sum>(ThreadId::global(100, 1), Add{3, 4});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().reason(), IpcError::Reason::unexpected_answer);
    partners_answer.set_mr(0, L4_TAG_ERROR);
    auto const late = call<Sum>(ThreadId::global(100, 1), Add{3, 4});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().reason(), IpcError::Reason::timeout);
    EXPECT_TRUE(late.error().is_in_receive_phase());
    EXPECT_STREQ(name_of(late.error()), "timeout");
}

TEST(IpcError, HasItsOffset)
{
    IpcError const error = IpcError::from_raw(Word{4096} << 4 | L4_IPC_OVERFLOW << 1);
    EXPECT_EQ(error.offset(), 4096u);
    EXPECT_FALSE(error.is_in_receive_phase());
    EXPECT_EQ(error.reason(), IpcError::Reason::overflow);
}

TEST(Status, IsTrueIfDone)
{
    Status<Error> const done;
    Status<Error> const failed{Error::no_memory};
    EXPECT_TRUE(done);
    EXPECT_FALSE(failed);
    EXPECT_STREQ(name_of(failed.error()), "no memory");
}

TEST(Items, AreFoundBehindTheWords)
{
    std::byte const text[24]{};
    Message message{0x55};
    message.word(1).word(2).map({Fpage::memory(0x4000, 12, Rights::rw), 0x8000}).string(text);
    message.grant({Fpage::ports(0x70, 1), 0});
    EXPECT_EQ(message.tag().untyped(), 2u);
    EXPECT_EQ(message.tag().typed(), 6u);
    EXPECT_EQ(message.received_map(0)->page, Fpage::memory(0x4000, 12, Rights::rw));
    EXPECT_EQ(message.received_map(0)->send_base, 0x8000u);
    EXPECT_EQ(message.received_map(1)->page.first_port(), 0x70u);
    EXPECT_FALSE(message.received_map(2));
    EXPECT_EQ(message.received_string(0), 24u);
    EXPECT_FALSE(message.received_string(1));
    EXPECT_EQ(message.mr(5), 24u << 10);
    EXPECT_EQ(message.mr(6), reinterpret_cast<Word>(text));
}

TEST(Items, CompoundStringsCountAsOne)
{
    // Two descriptors: three pieces of 8 bytes, then one of 5; another string behind them.
    Word const words[] = {
        L4_TAG(0, 8, 0), Word{8} << 10 | 2 << 4 | 0x200, 0x1000, 0x2000, 0x3000, Word{5} << 10, 0x4000, Word{7} << 10,
        0x5000};
    Message message;
    for (unsigned i = 0; i < std::size(words); ++i) message.set_mr(i, words[i]);
    EXPECT_EQ(message.received_string(0), 29u);
    EXPECT_EQ(message.received_string(1), 7u);
    EXPECT_FALSE(message.received_string(2));
}

TEST(Items, NonsenseEndsTheSearch)
{
    Message message;
    message.set_mr(0, L4_TAG(0, 63, 0));
    for (unsigned i = 1; i < 64; ++i) message.set_mr(i, ~Word{8}); // strings that never end
    EXPECT_FALSE(message.received_map(0));
    EXPECT_FALSE(message.received_string(1));
    message.set_mr(0, L4_TAG(0, 63, 63));
    EXPECT_FALSE(message.received_string(0));
}

TEST(Faults, AreRead)
{
    Message message;
    for (auto const& [index, value] : {std::pair{0u, 0xffffffffffe20002ul}, {1u, 0x1234ul}, {2u, 0x40ul}})
        message.set_mr(index, value);
    auto const fault = page_fault_of(message);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->address, 0x1234u);
    EXPECT_EQ(fault->ip, 0x40u);
    EXPECT_EQ(fault->wanted, Rights::w);
    EXPECT_FALSE(io_fault_of(message));

    message.set_mr(0, 0xffffffffff860002);
    EXPECT_FALSE(io_fault_of(message)) << "no I/O flexpage";
    message.set_mr(1, Fpage::ports(0x70, 1).raw());
    EXPECT_EQ(io_fault_of(message)->ports.first_port(), 0x70u);
    EXPECT_FALSE(page_fault_of(message));
}

TEST(Versions, SkipThoseThatLookLocal)
{
    EXPECT_EQ(ThreadId::global(9, 0x3f).next_version(), ThreadId::global(9, 0x41));
    EXPECT_EQ(ThreadId::global(9, 0xffffffff).next_version(), ThreadId::global(9, 1));
}

TEST(CBinding, BuildsTheSameMessage)
{
    l4_message c;
    l4_begin(&c, 0x40);
    l4_put_word(&c, 3);
    l4_put_word(&c, 4);
    l4_put_item(&c, L4_MAP_ITEM(0x8000), L4_FPAGE(0x4000, 12, L4_RIGHTS_RWX));
    l4_put_word(&c, 5); // too late: an item is there
    Message const message = Message{0x40}.word(3).word(4).map({Fpage::memory(0x4000, 12, Rights::rwx), 0x8000});
    for (unsigned i = 0; i < message.register_count(); ++i) EXPECT_EQ(c.mr[i], message.mr(i)) << i;
    EXPECT_EQ(l4_label(&c), 0x40u);
}

TEST(CBinding, DropsWhatDoesNotFit)
{
    l4_message c;
    l4_begin(&c, 1);
    for (Word i = 0; i < 62; ++i) l4_put_word(&c, i);
    l4_put_item(&c, L4_MAP_ITEM(0), 0);
    EXPECT_EQ(c.mr[0], L4_TAG(1, 0, 62));
    l4_put_word(&c, 62);
    l4_put_word(&c, 63);
    EXPECT_EQ(c.mr[0], L4_TAG(1, 0, 63));
}

TEST(CBinding, HasTheSameTaskStart)
{
    static_assert(sizeof(TaskStart) == sizeof(l4_task_start));
    TaskStart start{};
    std::strcpy(start.arguments, "60 x");
    start.peers[1] = ThreadId::global(70, 1).raw();
    EXPECT_EQ(start.argument_text(), "60 x");
    EXPECT_EQ(start.peer(1).number(), 70u);
    EXPECT_TRUE(start.peer(9).is_nil());
}

} // namespace
