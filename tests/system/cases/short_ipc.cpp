// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/machine.hpp>
#include <l4/sigma0.hpp>

/// A message of words to a thread that waits goes a way of its own through the kernel. It must not differ from the
/// general one: what is special about a thread or space has to be seen there too.
namespace test {
namespace {

constexpr Word port = 0x2e0; // where no device is
constexpr unsigned log2_ports = 3;

constinit Word volatile rounds = 0;
constinit Word volatile mistakes = 0;
constinit Word volatile finished = 0;
constinit Word volatile code = 0;
constinit ThreadId partner;

void reset()
{
    rounds = 0;
    mistakes = 0;
    finished = 0;
    code = ~Word{0};
}

void count(bool is_mistake)
{
    if (is_mistake) mistakes = mistakes + 1;
    rounds = rounds + 1;
}

/// One message there and one back, without timeouts.
bool call_partner()
{
    Message message;
    return l4::call(partner, message).operator bool();
}

template <typename Work>
[[noreturn]] void answer(Work const& work)
{
    Message message;
    ThreadId sender = l4::receive(l4::anythread, message);
    for (;;) {
        work();
        sender = l4::reply_wait(sender, message);
    }
}

// ---- Segment selectors ----

constexpr Word user_data = 0x2b;

Word selectors()
{
    Word ds, es;
    asm volatile("mov %%ds, %0; mov %%es, %1" : "=r"(ds), "=r"(es));
    return ds | es << 16;
}
void set_selectors(Word selector) { asm volatile("mov %0, %%ds; mov %0, %%es" : : "r"(selector)); }

void call_with_selectors(Word selector)
{
    set_selectors(selector);
    for (unsigned n = 0; n < 20; ++n) {
        (void)call_partner();
        count(selectors() != (selector | selector << 16));
    }
    finished = 1;
}

void answer_with_selectors(Word selector)
{
    set_selectors(selector);
    answer([selector] { count(selectors() != (selector | selector << 16)); });
}

void selectors_stay()
{
    for (Word const callers : {Word{0}, user_data}) {
        reset();
        Thread server, client;
        REQUIRE(server.start(answer_with_selectors, user_data - callers));
        partner = server.id();
        REQUIRE(client.start(call_with_selectors, callers));
        REQUIRE(wait_for(finished, 1));
        CHECK_EQ(rounds, 40);
        CHECK_EQ(mistakes, 0);
    }
}

// ---- Ports ----

Word call_and_read_port(Word to, Word, Word, Word)
{
    Message message;
    if (!l4::call(ThreadId::from_raw(to), message)) return ~Word{0};
    return l4::in8(port);
}

/// Ports come along with their thread, whichever way it is switched to.
void own_ports_are_open()
{
    REQUIRE(l4::sigma0::request_ports(port, log2_ports));
    Thread server;
    Task driver;
    REQUIRE(server.start([](Word) { answer([] {}); }));
    REQUIRE(driver.create() && driver.set_window(Fpage::complete()));
    REQUIRE(driver.map(Fpage::ports(port, log2_ports), 0));
    for (unsigned n = 0; n < 5; ++n) CHECK(driver.run(call_and_read_port, server.id().raw()).is(0xff));
}

/// And they do not come to the partner: we hold them, the agent does not.
void ports_of_others_are_closed()
{
    REQUIRE(l4::sigma0::request_ports(port, log2_ports));
    Task stranger;
    REQUIRE(stranger.create());
    Stack stack;
    ThreadId const id = new_id();
    // A thread of the stranger's that waits without a timeout, and then uses the port: its pager, we, hears of it.
    REQUIRE(stranger.start_thread(
        id, 1, stack,
        [](Word) {
            Message message;
            l4::receive(l4::anythread, message);
            (void)l4::in8(port);
            l4::sleep(l4::Time::never());
        },
        0, priority::runner));
    l4::sleep(l4::Time::milliseconds(2));
    Message message;
    (void)l4::in8(port);
    l4::ipc(id, id, {l4::Time::never(), l4::Time::never()}, message);
    CHECK_EQ(message.tag(), 0xffffffffff860002);
}

// ---- Partners that go ----

void call_once(Word)
{
    Message message;
    l4::ipc(partner, partner, {l4::Time::never(), l4::Time::never()}, message);
    code = message.tag().is_error() ? l4::last_error() : 0;
    finished = 1;
}

void partner_is_deleted()
{
    reset();
    Thread server, client;
    REQUIRE(server.start([](Word) {
        Message message;
        l4::receive(l4::anythread, message);
        rounds = 1;
        l4::sleep(l4::Time::never());
    }));
    settle();
    partner = server.id();
    REQUIRE(client.start(call_once) && wait_for(rounds, 1));
    settle();
    CHECK_EQ(finished, 0);
    server.end();
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, receive_error(L4_IPC_NO_PARTNER));
}

/// Whom it waited for once is none of a thread's business any more.
void former_partner_is_deleted()
{
    reset();
    Thread former, client;
    REQUIRE(former.start([](Word) { answer([] {}); }));
    settle();
    partner = former.id();
    REQUIRE(client.start([](Word) {
        for (unsigned n = 0; n < 3; ++n) count(!call_partner());
        Message message;
        l4::receive(runner(), message);
        code = message.tag().is_error() ? l4::last_error() : 0;
        finished = 1;
    }));
    REQUIRE(wait_for(rounds, 3));
    settle();
    former.end();
    settle();
    CHECK_EQ(finished, 0);
    CHECK_EQ(send_result(client.id(), soon), 0);
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, 0);
    CHECK_EQ(mistakes, 0);
}

/// A client that changes its partners, and partners that end: no list goes wrong.
void many_partners()
{
    constexpr Word number = 6;
    static constinit ThreadId partners[number];
    reset();
    Thread servers[number], client;
    for (Word n = 0; n < number; ++n) {
        REQUIRE(servers[n].start([](Word) { answer([] {}); }));
        partners[n] = servers[n].id();
    }
    settle();
    REQUIRE(client.start([](Word) {
        for (Word n = 0; n < 100; ++n) {
            Message message;
            bool const is_there = l4::call(partners[n % number], message).operator bool();
            count(!is_there && n < 50);
            if (n == 49) l4::receive(runner(), message);
        }
        finished = 1;
    }));
    REQUIRE(wait_for(rounds, 50));
    for (Word n = 0; n < number; n += 2) servers[n].end();
    CHECK_EQ(send_result(client.id(), soon), 0);
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(mistakes, 0);
}

// ---- Registers ----

constinit Registers received{};

/// The receiver gets nothing but what the interface names, and where it is itself.
void no_registers_leak()
{
    reset();
    Thread receiver, stopper;
    REQUIRE(receiver.start(
        [](Word) {
            received = ipc_registers(l4::nilthread, l4::anythread, 0, 0);
            test_call(&received, l4::kip().ipc);
            finished = 1;
            l4::sleep(l4::Time::never());
        },
        0, priority::runner));
    l4::sleep(l4::Time::milliseconds(2));
    // The answer never comes: somebody ends the receiver.
    REQUIRE(stopper.start(
        [](Word to) {
            (void)wait_for(finished, 1);
            delete_thread(ThreadId::from_raw(to));
        },
        receiver.id().raw()));
    Registers sent = ipc_registers(receiver.id(), receiver.id(), 0, 0);
    Registers const before = sent;
    test_call(&sent, l4::kip().ipc);
    CHECK_EQ(received.rsi, word(l4::my_utcb().mr));
    CHECK_EQ(received.rdi, receiver.local_id());
    CHECK_EQ(received.rbp, 0);
    CHECK_EQ(received.rdx, 0);
    CHECK_EQ(received.r8, received.rax); // MR1
    CHECK_EQ(received.rcx, l4::kip().ipc + 2);
    CHECK_EQ(received.r11 & ~Word{0x8d5}, 0x202);
    CHECK(received.r11 != before.r11);
}

// ---- The rest of the way ----

/// A message that somebody has sent in our partner's name stands in our queue: it comes before any wait.
void queued_in_the_name_of_the_partner()
{
    reset();
    Thread server, proxy, client;
    REQUIRE(server.start([](Word) {
        Message message;
        l4::receive(l4::anythread, message);
        rounds = 1;
        l4::sleep(l4::Time::never());
    }));
    settle();
    partner = server.id();
    REQUIRE(client.create());
    REQUIRE(proxy.start(
        [](Word to) {
            Registers registers = ipc_registers(ThreadId::from_raw(to), l4::nilthread, 0, L4_TAG_PROPAGATED);
            l4::my_utcb().virtual_sender = partner.raw();
            test_call(&registers, l4::kip().ipc);
        },
        client.id().raw()));
    settle();
    REQUIRE(client.begin(call_once));
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(code, 0);
    CHECK_EQ(rounds, 1);
}

constexpr Case cases[] = {
    {"selectors stay, on both sides", "Ipc, amd64 registers", selectors_stay},
    {"a task's ports are open after it", "I/O flexpages", own_ports_are_open},
    {"others' ports are closed after it", "I/O flexpages", ports_of_others_are_closed},
    {"a partner that is deleted during the wait: error 2", "Ipc, error codes", partner_is_deleted},
    {"a former partner that is deleted: nothing", "Ipc", former_partner_is_deleted},
    {"many partners in turn, and some of them end", "Ipc", many_partners},
    {"the receiver sees nothing else of the sender's registers", "Ipc, amd64 registers", no_registers_leak},
    {"what others sent in the partner's name is received first", "Propagation", queued_in_the_name_of_the_partner},
};

} // namespace

Group const short_ipc_cases{"short ipc", cases};

} // namespace test
