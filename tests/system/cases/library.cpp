// SPDX-License-Identifier: BSD-2-Clause
//
// The user library against the kernel: what its objects promise. (How messages are built: tests/unit/lib.)

#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/acceptor.hpp>
#include <l4/l4.h>
#include <l4/mapping.hpp>
#include <l4/typed.hpp>

namespace test {
namespace {

using l4::Acceptor;

struct Add {
    static constexpr Word label = 0x40;
    Word left, right;
};
struct Sum {
    static constexpr Word label = 0x41;
    Word value;
};

void serve_sums(Word)
{
    l4::serve([](ThreadId, Message const& message) -> std::optional<Message> {
        if (auto const add = l4::unpack<Add>(message)) return l4::pack(Sum{add->left + add->right});
        return Message{0};
    });
}

void typed_call()
{
    Thread server;
    REQUIRE(server.start(serve_sums));
    for (Word n = 0; n < 3; ++n) {
        auto const sum = l4::call<Sum>(server.id(), Add{n, 40});
        REQUIRE(bool{sum});
        CHECK_EQ(sum->value, n + 40);
    }
    auto const misunderstood = l4::call<Sum>(server.id(), Sum{1});
    CHECK(!misunderstood && misunderstood.error().reason() == l4::IpcError::Reason::unexpected_answer);
    ThreadId const gone = server.id();
    server.end();
    auto const failed = l4::call<Sum>(gone, Add{1, 2});
    CHECK(!failed && failed.error().reason() == l4::IpcError::Reason::no_partner);
}

void owned_thread()
{
    ThreadId const id = new_id();
    UtcbSlot const slot;
    {
        auto thread = l4::Thread::create(id, slot.location(), priority::helper);
        REQUIRE(bool{thread});
        l4::Thread const moved = std::move(*thread);
        CHECK(thread->id().is_nil());
        CHECK_EQ(moved.id(), id);
        // It is there: it waits for its start message, which comes from us.
        CHECK_EQ(receive_result(id, at_once), receive_error(L4_IPC_TIMEOUT));
    }
    CHECK_EQ(send_result(id, at_once), send_error(L4_IPC_NO_PARTNER));
}

void failed_creation_leaves_nothing()
{
    ThreadId const id = new_id();
    // The UTCB area overlaps the KIP area.
    l4::SpaceLayout layout = l4::ordinary_layout();
    layout.kip_area = Fpage::memory(layout.utcb_area.base(), l4::page_log2, l4::Rights::none);
    auto const thread = l4::Thread::create_in_new_space(id, layout, priority::helper);
    REQUIRE(!thread);
    CHECK(thread.error() == l4::Error::kip_area || thread.error() == l4::Error::utcb_area);
    CHECK_EQ(send_result(id, at_once), send_error(L4_IPC_NO_PARTNER));
}

void owned_mappings()
{
    Task task;
    REQUIRE(arena::reset_small(2) && task.create() && task.set_window(Fpage::complete()));
    {
        l4::Loan const loan{arena::fpage(0)};
        REQUIRE(task.map(loan.page(), arena::view));
        CHECK(task.can_read(arena::view, arena::mark(0)));
    }
    CHECK(task.cannot_read(arena::view));
    CHECK_EQ(arena::word_at(arena::page(0)), arena::mark(0));

    REQUIRE(task.set_window(Fpage::complete()) && task.map(arena::fpage(1), arena::view));
    {
        l4::Mapping const mapping{arena::fpage(1)};
        CHECK_EQ(mapping.bytes().size(), l4::page_size);
    }
    CHECK(task.cannot_read(arena::view));
}

void acceptor_ends()
{
    Word const before = l4::my_utcb().br_descending[L4_BR_COUNT - 1];
    std::byte first[32], second[64];
    {
        Acceptor const outer{Fpage::complete()};
        Acceptor const inner{{Acceptor::Buffer{first}, Acceptor::Buffer{second}}};
        l4_utcb const& utcb = l4::my_utcb();
        Word const expected[] = {1, Word{32} << 10 | 1, word(first), Word{64} << 10, word(second)};
        for (unsigned n = 0; n < 5; ++n) CHECK_EQ(utcb.br_descending[L4_BR_COUNT - 1 - n], expected[n]);
    }
    CHECK_EQ(l4::my_utcb().br_descending[L4_BR_COUNT - 1], before);
}

/// A server by the C binding.
void serve_in_c(Word)
{
    l4_message message;
    l4_word_t client = L4_NILTHREAD;
    l4_begin(&message, 0);
    for (;;) {
        if (l4_reply_wait(client, &message, &client) != 0) continue;
        Word const sum = message.mr[1] + message.mr[2];
        l4_begin(&message, Sum::label);
        l4_put_word(&message, sum);
    }
}

void c_binding()
{
    Thread server;
    REQUIRE(server.start(serve_in_c));
    auto const sum = l4::call<Sum>(server.id(), Add{20, 22});
    CHECK(sum && sum->value == 42);
    l4_message message;
    l4_begin(&message, Add::label);
    l4_put_word(&message, 1);
    l4_put_word(&message, 2);
    CHECK_EQ(l4_call(server.id().raw(), &message, 0), 0);
    CHECK_EQ(message.mr[1], 3);
    CHECK_EQ(l4_thread_control(server.id().raw(), L4_NILTHREAD, 0, 0, L4_NO_CHANGE), 0);
    CHECK_EQ(l4_call(server.id().raw(), &message, 0), send_error(L4_IPC_NO_PARTNER));
    CHECK_EQ(l4_receive(L4_ANYTHREAD, &message, L4_TIME_ZERO, nullptr), receive_error(L4_IPC_TIMEOUT));
}

constexpr Case cases[] = {
    {"a typed call returns the typed answer, or why there is none", "lib: typed.hpp", typed_call},
    {"an owned thread ends with its object", "lib: thread.hpp", owned_thread},
    {"a space that cannot be set up leaves nothing behind", "lib: thread.hpp", failed_creation_leaves_nothing},
    {"a loan is taken back, a mapping is flushed, with its object", "lib: mapping.hpp", owned_mappings},
    {"an acceptor sets the buffer registers and restores them", "lib: acceptor.hpp", acceptor_ends},
    {"the C binding serves and calls", "lib: l4.h", c_binding},
};

} // namespace

Group const library_cases{"library", cases};

} // namespace test
