// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/utcb.hpp>

namespace test {
namespace {

void echo(Word)
{
    Message message;
    ThreadId to = l4::nilthread;
    for (;;) to = l4::reply_wait(to, message);
}

void own_names()
{
    l4_utcb& utcb = l4::my_utcb();
    CHECK_EQ(utcb.my_global_id, runner());
    CHECK_EQ(word(utcb.mr) & 0x3f, 0);
    CHECK_EQ(word(&utcb) % L4_UTCB_SIZE, 0);
    CHECK_EQ(utcb.processor_no, 0);
}

constinit Word volatile seen_global = 0, seen_local = 0, seen = 0;

void tell_names(Word)
{
    seen_global = l4::my_global_id().raw();
    seen_local = word(l4::my_utcb().mr);
    seen = 1;
}

void names_of_a_new_thread()
{
    seen = 0;
    Thread helper;
    REQUIRE(helper.start(tell_names) && wait_for(seen, 1));
    CHECK_EQ(seen_global, helper.id());
    CHECK_EQ(seen_local, helper.local_id());
}

void destination_by_local_name()
{
    Thread helper;
    REQUIRE(helper.start(echo));
    Message message{5};
    CHECK_EQ(ipc_result(helper.local_id(), helper.local_id(), {soon, soon}, message), 0);
    CHECK_EQ(ipc_result(helper.local_id(), helper.id(), {soon, soon}, message), 0);
    CHECK_EQ(ipc_result(helper.id(), helper.local_id(), {soon, soon}, message), 0);
}

void conversion()
{
    Thread helper;
    REQUIRE(helper.start(echo));
    // As the classic headers convert: control 0, which changes nothing.
    CHECK_EQ(l4::exchange_registers({.dest = helper.id()}).dest, helper.local_id());
    CHECK_EQ(l4::exchange_registers({.dest = helper.local_id()}).dest, helper.id());
    CHECK_EQ(l4::exchange_registers({.dest = l4::my_global_id()}).dest, word(l4::my_utcb().mr));
    CHECK_EQ(send_result(helper.id(), soon), 0);
}

void no_conversion_for_other_spaces()
{
    Task task;
    REQUIRE(task.create());
    auto const result = l4::exchange_registers({.dest = task.agent()});
    CHECK_EQ(result.dest, l4::nilthread);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
}

/// Addresses that look like local IDs but are none: the kernel reads nothing there that it should not.
void bad_local_names()
{
    Word const free_slot = word(&l4::my_utcb()) + 50 * L4_UTCB_SIZE + L4_UTCB_MR_OFFSET;
    Word const names[] = {
        free_slot,
        0x40,
        0x1000,
        0x7fffffffffc0,
        0x800000000000,     // not canonical
        0xffff800000000000, // the kernel's
        0xffff808000000000,
        0xffffffffffffff80,
        reinterpret_cast<Word>(&seen) & ~Word{0x3f}, // our own data
        word(l4::my_utcb().mr) + 0x40,
    };
    for (Word const name : names) {
        ThreadId const id = ThreadId::from_raw(name);
        CHECK_EQ(send_result(id, soon), send_error(L4_IPC_NO_PARTNER));
        CHECK_EQ(receive_result(id, soon), receive_error(L4_IPC_NO_PARTNER));
        CHECK_EQ(l4::exchange_registers({.dest = id}).dest, l4::nilthread);
        CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_THREAD);
        l4::thread_switch(id);
        CHECK_EQ(l4::schedule({.dest = id}), 0);
    }
}

/// What a thread writes over its MyGlobalId changes nothing for who knows it by its global name. Under its local name it
/// may be lost, but nobody else gets what was meant for it.
void forged_global_name()
{
    Thread helper, other;
    REQUIRE(helper.start(echo) && other.start(echo));
    settle();
    helper.utcb().my_global_id = other.id().raw();
    Message message{1};
    ThreadId const from = l4::ipc(helper.local_id(), l4::anythread, {soon, soon}, message);
    if (!message.tag().is_error()) CHECK_EQ(from, helper.local_id());
    CHECK_EQ(l4::ipc(helper.id(), l4::anythread, {soon, soon}, message), helper.local_id());
    CHECK_EQ(l4::ipc(other.id(), l4::anythread, {soon, soon}, message), other.local_id());
}

Word send_to(Word to, Word, Word, Word) { return send_result(ThreadId::from_raw(to), soon); }

/// A local name means a thread of the space where it is used.
void local_names_are_local()
{
    Task task;
    REQUIRE(task.create());
    // The runner's UTCB is the second of its area; the task has no thread there.
    CHECK(task.run(send_to, word(l4::my_utcb().mr)).is(send_error(L4_IPC_NO_PARTNER)));
}

constexpr Case cases[] = {
    {"MyGlobalId, MyLocalId and ProcessorNo", "Thread control registers", own_names},
    {"a new thread knows its names", "Thread control registers", names_of_a_new_thread},
    {"a local ID is as good as the global one", "ThreadId", destination_by_local_name},
    {"ExchangeRegisters converts IDs", "ExchangeRegisters", conversion},
    {"threads of other spaces have no local ID here", "ExchangeRegisters", no_conversion_for_other_spaces},
    {"addresses that name no thread are refused by every call", "ThreadId", bad_local_names},
    {"a forged MyGlobalId deceives nobody", "Thread control registers", forged_global_name},
    {"a local ID of another space means nothing", "ThreadId", local_names_are_local},
};

} // namespace

Group const id_cases{"ids", cases};

} // namespace test
