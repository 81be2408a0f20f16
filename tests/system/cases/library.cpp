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

// ---- Calls with several flexpages, and those that nothing else of the library needs ----

/// Nine flexpages: some in registers, some in the UTCB.
void unmap_of_several_pages()
{
    constexpr Word count = 9;
    Task task;
    REQUIRE(arena::reset_small(count + 1) && task.create() && task.set_window(Fpage::complete()));
    for (Word n = 0; n <= count; ++n) REQUIRE(task.map(arena::fpage(n), arena::view + n * l4::page_size));
    Fpage pages[count];
    for (Word n = 0; n < count; ++n) pages[n] = arena::fpage(n);
    l4::unmap(pages, false); // what has been accessed so far
    REQUIRE(task.map(arena::fpage(8), arena::view + 8 * l4::page_size) &&
            task.write(arena::view + 0x8000, 1).is_done());
    for (Word n = 0; n < count; ++n) pages[n] = arena::fpage(n);
    l4::unmap(pages, false);
    for (Word n = 0; n < count; ++n) {
        CHECK_EQ(pages[n].base(), arena::page(n));
        CHECK_EQ(word(pages[n].rights()) & word(l4::Rights::w), n == 8 ? word(l4::Rights::w) : 0);
        CHECK(task.cannot_read(arena::view + n * l4::page_size));
    }
    CHECK(task.can_read(arena::view + count * l4::page_size, arena::mark(count)));
}

void memory_types()
{
    REQUIRE(arena::reset_small(12));
    // The attribute's number stands where other flexpages have their rights.
    Fpage pages[12];
    for (Word n = 0; n < 12; ++n) pages[n] = arena::fpage(n, n == 10 ? l4::Rights::wx : l4::Rights::none);
    CHECK(l4::memory_control(pages, {L4_CACHE_DEFAULT, 99, 99, L4_CACHE_UNCACHEABLE}));
    auto const refused = l4::memory_control(pages, {L4_CACHE_DEFAULT, 0, 0, 99});
    CHECK(!refused && refused.error() == l4::Error::invalid_parameter);
    CHECK(l4::memory_control(pages, {L4_CACHE_WRITE_BACK, 99, 99, L4_CACHE_DEFAULT}));
    for (Word n = 0; n < 12; ++n) CHECK_EQ(arena::word_at(arena::page(n)), arena::mark(n));
}

void processor_frequency() { CHECK(l4::processor_control({.internal_khz = 1'000'000})); }

void times_of_a_thread()
{
    Thread helper;
    REQUIRE(helper.create());
    constexpr Word ten_ms = 0x2671, five_ms = 0x2271, quantum = 0x2fe8; // 625 << 9, 625 << 8, 1000 << 11
    Word old = 0;
    CHECK_EQ(l4::schedule({.dest = helper.id(), .time = L4_TIME_CONTROL(five_ms, quantum)}, &old), 6);
    CHECK_EQ(l4::schedule({.dest = helper.id()}, &old), 6);
    CHECK_EQ(l4::Time::from_raw(old >> 16).raw(), l4::Time::from_raw(five_ms).raw());
    CHECK_EQ(l4::schedule({.dest = helper.id(), .time = L4_TIME_CONTROL(ten_ms, L4_TIME_NEVER)}), 6);
}

// ---- The same in C ----

/// Sends two strings, once.
void send_strings(Word)
{
    static char const hello[] = "hello", world[] = "world!";
    l4_message message;
    l4_begin(&message, 0x51);
    l4_put_word(&message, 7);
    l4_put_item(&message, L4_STRING_ITEM(sizeof hello), word(hello));
    l4_put_item(&message, L4_STRING_ITEM(sizeof world), word(world));
    (void)l4_send(runner().raw(), &message, L4_TIME_NEVER);
}

void strings_in_c()
{
    Thread sender;
    char first[4], second[16];
    l4_buffer const buffers[] = {{first, sizeof first}, {second, sizeof second}};
    l4_message message;
    // The first string is too long for its buffer; then it has room.
    for (bool const fits : {false, true}) {
        REQUIRE(sender.start(send_strings));
        l4_accept(L4_NILPAGE, fits ? buffers + 1 : buffers, 1);
        Word const result = l4_receive(sender.id().raw(), &message, L4_TIME_NEVER, nullptr);
        CHECK_EQ(result & 0xf, L4_IPC_OVERFLOW << 1 | 1);
        CHECK_EQ(result >> 4, fits ? 6 : 4);
        sender.end();
    }
    char third[16];
    l4_buffer const ample[] = {{second, sizeof second}, {third, sizeof third}};
    REQUIRE(sender.start(send_strings));
    l4_accept(L4_NILPAGE, ample, 2);
    CHECK_EQ(l4_receive(sender.id().raw(), &message, L4_TIME_NEVER, nullptr), 0);
    l4_accept(L4_NILPAGE, nullptr, 0);
    CHECK_EQ(message.mr[1], 7);
    CHECK_EQ(l4_received_string(&message, 0), 6);
    CHECK_EQ(l4_received_string(&message, 1), 7);
    CHECK_EQ(l4_received_string(&message, 2), ~std::size_t{0});
    CHECK(std::string_view(second) == "hello" && std::string_view(third) == "world!");
}

void control_in_c()
{
    Thread helper;
    REQUIRE(arena::reset_small(2) && helper.create());
    Word const id = helper.id().raw();
    l4_registers registers{.dest = id,
                           .control = 1 << 6, // u
                           .sp = 0,
                           .ip = 0,
                           .flags = 0,
                           .user_defined_handle = 0x1234,
                           .pager = 0};
    l4_exchange_registers(&registers);
    CHECK_EQ(registers.dest, helper.local_id());
    registers = {.dest = id, .control = 1 << 9, .sp = 0, .ip = 0, .flags = 0, .user_defined_handle = 0, .pager = 0};
    l4_exchange_registers(&registers);
    CHECK_EQ(registers.user_defined_handle, 0x1234);
    CHECK_EQ(registers.pager, runner());
    CHECK_EQ(registers.control & 7, 2); // it receives

    Word old = 0;
    CHECK_EQ(l4_schedule(id, L4_NO_CHANGE, 120, L4_NO_CHANGE, L4_PREEMPTION_CONTROL(130, 100), &old), 6);
    CHECK_EQ(l4_schedule(id, L4_NO_CHANGE, 200, L4_NO_CHANGE, L4_NO_CHANGE, nullptr), 0);
    CHECK_EQ(l4_my_utcb()->error_code, L4_ERROR_INVALID_PARAMETER);

    Word pages[] = {arena::fpage(0).raw(), arena::fpage(1).raw()};
    arena::word_at(arena::page(1)) = 5;
    l4_unmap_pages(pages, 2, 0);
    CHECK_EQ(pages[0] & ~0x3ffUL, arena::page(0));
    CHECK_EQ(pages[1] & L4_RIGHT_W, L4_RIGHT_W);
    Word const attributes[4] = {L4_CACHE_DEFAULT, 0, 0, 0};
    Word const types[] = {arena::fpage(0, l4::Rights::none).raw(), arena::fpage(1, l4::Rights::none).raw()};
    CHECK_EQ(l4_memory_control(types, 2, attributes), 0);
    CHECK_EQ(l4_processor_control(0, 0, 0, 0), 0);
}

constexpr Case cases[] = {
    {"a typed call returns the typed answer, or why there is none", "lib: typed.hpp", typed_call},
    {"an owned thread ends with its object", "lib: thread.hpp", owned_thread},
    {"a space that cannot be set up leaves nothing behind", "lib: thread.hpp", failed_creation_leaves_nothing},
    {"a loan is taken back, a mapping is flushed, with its object", "lib: mapping.hpp", owned_mappings},
    {"an acceptor sets the buffer registers and restores them", "lib: acceptor.hpp", acceptor_ends},
    {"the C binding serves and calls", "lib: l4.h", c_binding},
    {"nine flexpages are unmapped in one call, each with its status", "lib: syscall.hpp", unmap_of_several_pages},
    {"memory types, by the number in each flexpage", "lib: syscall.hpp", memory_types},
    {"ProcessorControl succeeds", "lib: syscall.hpp", processor_frequency},
    {"Schedule tells the old times", "lib: syscall.hpp", times_of_a_thread},
    {"strings and their buffers in C", "lib: l4.h", strings_in_c},
    {"registers, scheduling, several flexpages in C", "lib: l4.h", control_in_c},
};

} // namespace

Group const library_cases{"library", cases};

} // namespace test
