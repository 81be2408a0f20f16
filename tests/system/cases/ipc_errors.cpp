// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>

namespace test {
namespace {

using l4::Time;

constinit Word volatile code = 0;
constinit Word volatile finished = 0;

void send_forever(Word to)
{
    code = send_result(ThreadId::from_raw(to), Time::never());
    finished = 1;
}

void receive_forever(Word from)
{
    code = receive_result(ThreadId::from_raw(from), Time::never());
    finished = 1;
}

void reset()
{
    finished = 0;
    code = ~Word{0};
}

void sleep_for_ever(Word) {}

void nonexistent_destination()
{
    CHECK_EQ(send_result(new_id(), soon), send_error(L4_IPC_NO_PARTNER));
    CHECK_EQ(send_result(new_id(), at_once), send_error(L4_IPC_NO_PARTNER));
    // A number far beyond the table.
    CHECK_EQ(send_result(ThreadId::from_raw(0xfffffff0'00000001), soon), send_error(L4_IPC_NO_PARTNER));
}

void nonexistent_source()
{
    CHECK_EQ(receive_result(new_id(), soon), receive_error(L4_IPC_NO_PARTNER));
    CHECK_EQ(receive_result(ThreadId::from_raw(0xfffffff0'00000001), soon), receive_error(L4_IPC_NO_PARTNER));
}

void any_as_destination()
{
    CHECK_EQ(send_result(l4::anythread, soon), send_error(L4_IPC_NO_PARTNER));
    CHECK_EQ(send_result(l4::anylocalthread, soon), send_error(L4_IPC_NO_PARTNER));
}

void stale_version()
{
    Thread helper;
    REQUIRE(helper.start(sleep_for_ever));
    CHECK_EQ(send_result(next_version(helper.id()), soon), send_error(L4_IPC_NO_PARTNER));
    CHECK_EQ(receive_result(next_version(helper.id()), soon), receive_error(L4_IPC_NO_PARTNER));
}

/// Failing before anything was transferred gives exactly this tag, so that u and t are 0.
void tag_of_a_failure()
{
    Registers registers = ipc_registers(new_id(), runner(), 0, l4::MsgTag(0x77, 0, 5).raw());
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(registers.r9, L4_TAG_ERROR);
    CHECK_EQ(registers.rdi, word(l4::my_utcb().mr));
    CHECK_EQ(l4::last_error(), send_error(L4_IPC_NO_PARTNER));

    registers = ipc_registers(l4::nilthread, runner(), Time::zero().raw(), 0);
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(registers.r9, L4_TAG_ERROR);
    CHECK_EQ(l4::last_error(), receive_error(L4_IPC_TIMEOUT));
}

void no_receive_phase_after_a_failed_send()
{
    // With a receive phase this would take half a second and have another code.
    Message message;
    Word const start = l4::system_clock();
    CHECK_EQ(ipc_result(new_id(), l4::anythread, {soon, soon}, message), send_error(L4_IPC_NO_PARTNER));
    CHECK(l4::system_clock() - start < 400'000);
}

void receive_phase_fails_after_send()
{
    Thread helper;
    reset();
    REQUIRE(helper.start(receive_forever, l4::anythread.raw()));
    Message message;
    CHECK_EQ(ipc_result(helper.id(), helper.id(), {soon, Time::milliseconds(20)}, message),
             receive_error(L4_IPC_TIMEOUT));
    CHECK_EQ(code, 0);
    CHECK_EQ(finished, 1);
}

void send_timeout()
{
    Thread helper;
    REQUIRE(helper.start(sleep_for_ever));
    CHECK_EQ(send_result(helper.id(), at_once), send_error(L4_IPC_TIMEOUT));
    CHECK_EQ(send_result(helper.id(), Time::milliseconds(5)), send_error(L4_IPC_TIMEOUT));
}

void receive_timeout()
{
    CHECK_EQ(receive_result(l4::anythread, at_once), receive_error(L4_IPC_TIMEOUT));
    CHECK_EQ(receive_result(l4::anythread, Time::milliseconds(5)), receive_error(L4_IPC_TIMEOUT));
    CHECK_EQ(receive_result(controller(), Time::milliseconds(5)), receive_error(L4_IPC_TIMEOUT));
}

/// A thread that exists is a partner to wait for, active or not.
void inactive_partner()
{
    ThreadId const inactive = new_id();
    ThreadId const me = l4::my_global_id();
    REQUIRE(l4::thread_control({.dest = inactive, .space = me, .scheduler = me}));
    CHECK_EQ(send_result(inactive, Time::milliseconds(5)), send_error(L4_IPC_TIMEOUT));
    CHECK_EQ(receive_result(inactive, Time::milliseconds(5)), receive_error(L4_IPC_TIMEOUT));
}

void partner_of_a_sender_is_deleted()
{
    Thread victim, sender;
    reset();
    REQUIRE(victim.start(sleep_for_ever));
    REQUIRE(sender.start(send_forever, victim.id().raw()));
    settle();
    CHECK_EQ(finished, 0);
    victim.end();
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, send_error(L4_IPC_NO_PARTNER));
}

void partner_of_a_receiver_is_deleted()
{
    Thread victim, receiver;
    reset();
    REQUIRE(victim.start(sleep_for_ever));
    REQUIRE(receiver.start(receive_forever, victim.id().raw()));
    settle();
    CHECK_EQ(finished, 0);
    victim.end();
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, receive_error(L4_IPC_NO_PARTNER));
}

void deleted_sender_leaves_the_queue()
{
    Thread first, second;
    reset();
    REQUIRE(first.start(send_forever, l4::my_global_id().raw()));
    REQUIRE(second.start(send_forever, l4::my_global_id().raw()));
    settle();
    first.end();
    Message message;
    CHECK_EQ(l4::receive(l4::anythread, message, soon), second.local_id());
    CHECK_EQ(receive_result(l4::anythread, at_once), receive_error(L4_IPC_TIMEOUT));
}

constinit Word volatile cancelled_code = 0;

Word abort_control(bool receive, bool send) { return (receive ? 2u : 0u) | (send ? 4u : 0u); }

void cancelled_receive()
{
    Thread helper;
    reset();
    REQUIRE(helper.start(receive_forever, l4::anythread.raw()));
    settle();
    auto const old = l4::exchange_registers({.dest = helper.id(), .control = abort_control(true, false)});
    CHECK_EQ(old.dest, helper.local_id());
    CHECK_EQ(old.control & 6, 2);
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, receive_error(L4_IPC_CANCELLED));
}

void cancelled_send()
{
    Thread helper;
    reset();
    REQUIRE(helper.start(send_forever, l4::my_global_id().raw()));
    settle();
    auto const old = l4::exchange_registers({.dest = helper.id(), .control = abort_control(false, true)});
    CHECK_EQ(old.control & 6, 4);
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, send_error(L4_IPC_CANCELLED));
    // It is no longer in the queue.
    CHECK_EQ(receive_result(l4::anythread, at_once), receive_error(L4_IPC_TIMEOUT));
}

void other_phase_is_not_cancelled()
{
    Thread sender, receiver;
    reset();
    REQUIRE(receiver.start(receive_forever, l4::anythread.raw()));
    REQUIRE(sender.start(send_forever, l4::my_global_id().raw()));
    settle();
    (void)l4::exchange_registers({.dest = receiver.id(), .control = abort_control(false, true)});
    (void)l4::exchange_registers({.dest = sender.id(), .control = abort_control(true, false)});
    settle();
    CHECK_EQ(finished, 0);
    CHECK_EQ(send_result(receiver.id(), at_once), 0);
    CHECK_EQ(receive_result(sender.id(), at_once), 0);
}

void too_many_words()
{
    Thread helper;
    reset();
    REQUIRE(helper.start(receive_forever, l4::anythread.raw()));
    Message message{0x99};
    message.set_mr(0, L4_TAG(0x99, 20, 50));
    l4::ipc(helper.id(), l4::nilthread, {soon, soon}, message);
    CHECK(message.tag().is_error());
    CHECK_EQ(l4::last_error(), send_error(L4_IPC_OVERFLOW));
}

constexpr Case cases[] = {
    {"a destination that does not exist: error 2, send phase", "Ipc, error codes", nonexistent_destination},
    {"a source that does not exist: error 2, receive phase", "Ipc, error codes", nonexistent_source},
    {"anythread as a destination: error 2", "Ipc, error codes", any_as_destination},
    {"another version of a thread does not exist", "Ipc, error codes", stale_version},
    {"a failure before the transfer gives tag 8000h", "Ipc, error codes", tag_of_a_failure},
    {"no receive phase after a failed send", "Ipc", no_receive_phase_after_a_failed_send},
    {"the phase that failed is told", "Ipc, error codes", receive_phase_fails_after_send},
    {"send timeout: error 1, send phase", "Ipc, error codes", send_timeout},
    {"receive timeout: error 1, receive phase", "Ipc, error codes", receive_timeout},
    {"an inactive thread is a partner to wait for", "Ipc", inactive_partner},
    {"deletion of the partner ends a send with error 2", "Ipc, error codes", partner_of_a_sender_is_deleted},
    {"deletion of the partner ends a closed receive with error 2", "Ipc, error codes",
     partner_of_a_receiver_is_deleted},
    {"a deleted sender leaves the queue", "ThreadControl", deleted_sender_leaves_the_queue},
    {"a cancelled receive: error 3, receive phase", "ExchangeRegisters", cancelled_receive},
    {"a cancelled send: error 3, send phase", "ExchangeRegisters", cancelled_send},
    {"only the phase that is named is cancelled", "ExchangeRegisters", other_phase_is_not_cancelled},
    {"more than 63 words: message overflow", "Message tag", too_many_words},
};

} // namespace

Group const ipc_error_cases{"ipc errors", cases};

} // namespace test
