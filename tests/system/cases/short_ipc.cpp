// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
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
constexpr Word ds = 0, es = 1, fs = 2, gs = 3, none = 4;

/// All four, 16 bits each.
Word selectors()
{
    Word value[4];
    asm volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
                 : "=r"(value[0]), "=r"(value[1]), "=r"(value[2]), "=r"(value[3]));
    return value[ds] | value[es] << 16 | value[fs] << 32 | value[gs] << 48;
}
/// The bases of FS and GS are what the thread lives by: they stay.
void set_selector(Word which)
{
    if (which == ds) asm volatile("mov %0, %%ds" : : "r"(user_data));
    if (which == es) asm volatile("mov %0, %%es" : : "r"(user_data));
    Word base;
    if (which == fs) asm volatile("rdfsbase %0; mov %1, %%fs; wrfsbase %0" : "=&r"(base) : "r"(user_data));
    if (which == gs) asm volatile("rdgsbase %0; mov %1, %%gs; wrgsbase %0" : "=&r"(base) : "r"(user_data));
}

void call_with_selector(Word which)
{
    set_selector(which);
    Word const mine = selectors();
    for (unsigned n = 0; n < 5; ++n) {
        (void)call_partner();
        count(selectors() != mine);
    }
    finished = 1;
}

void answer_with_selector(Word which)
{
    set_selector(which);
    answer([mine = selectors()] { count(selectors() != mine); });
}

/// Each of the four, of the caller or of the one who answers; the others are null.
void selectors_stay()
{
    for (Word n = 0; n < 8; ++n) {
        reset();
        Thread server, client;
        REQUIRE(server.start(answer_with_selector, n < 4 ? none : n - 4));
        partner = server.id();
        REQUIRE(client.start(call_with_selector, n < 4 ? n : none));
        REQUIRE(wait_for(finished, 1));
        CHECK_EQ(rounds, 10);
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

Word call_and_read_memory(Word to, Word address, Word, Word)
{
    Message message;
    if (!l4::call(ThreadId::from_raw(to), message)) return ~Word{0};
    return arena::word_at(address);
}

/// What lies at an address in the one space and not in the other.
void own_memory_is_there()
{
    REQUIRE(arena::reset_small(1));
    Thread server;
    Task task;
    REQUIRE(server.start([](Word) { answer([] {}); }));
    REQUIRE(task.create() && task.set_window(Fpage::complete()) && task.map(arena::fpage(0), arena::view));
    for (unsigned n = 0; n < 3; ++n)
        CHECK(task.run(call_and_read_memory, server.id().raw(), arena::view).is(arena::mark(0)));
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

/// A client that changes its partners, and partners that end: no list goes wrong. Answers within a space are by local
/// name, and so never short: from another space the client stays in a list until it joins the next.
void many_partners()
{
    constexpr Word number = 6;
    static constinit ThreadId partners[number];
    Entry const call_them = [](Word) {
        for (Word n = 0; n < 100; ++n) {
            Message message;
            bool const is_there = l4::call(partners[n % number], message).operator bool();
            count(!is_there && n < 50);
            if (n == 49) l4::receive(runner(), message);
        }
        finished = 1;
        l4::sleep(l4::Time::never());
    };
    Task task;
    REQUIRE(task.create());
    for (bool const is_in_a_task : {false, true}) {
        reset();
        Thread servers[number], client;
        Stack stack;
        for (Word n = 0; n < number; ++n) {
            REQUIRE(servers[n].start([](Word) { answer([] {}); }));
            partners[n] = servers[n].id();
        }
        settle();
        ThreadId const id = new_id();
        REQUIRE(is_in_a_task ? task.start_thread(id, 1, stack, call_them, 0) : client.start(call_them));
        REQUIRE(wait_for(rounds, 50));
        for (Word n = 0; n < number; n += 2) servers[n].end();
        CHECK_EQ(send_result(is_in_a_task ? id : client.id(), soon), 0);
        REQUIRE(wait_for(finished, 1));
        CHECK_EQ(mistakes, 0);
    }
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

/// What the short way has begun and the general one ends: nothing is left of where the kernel has its threads.
void no_registers_are_left()
{
    Thread busy;
    REQUIRE(busy.start([](Word) { l4::sleep(l4::Time::never()); }));
    for (ThreadId const to : {new_id(), busy.id()}) {
        // Who does not wait for us is not waited for; 1 is a send timeout of no time.
        Registers registers = ipc_registers(to, to, Word{L4_TIME_ZERO} << 16, 0);
        test_call(&registers, l4::kip().ipc);
        CHECK(registers.rbp >> 47 == 0);
        CHECK_EQ(registers.rdi, word(l4::my_utcb().mr));
    }
    for (ThreadId const to : {l4::my_global_id(), l4::nilthread}) {
        Registers registers = distinct_registers(0x5e1f);
        registers.rdi = to.raw();
        test_call(&registers, l4::kip().thread_switch);
        CHECK(registers.rbp >> 47 == 0);
    }
}

// ---- 32-bit code ----

/// A 32-bit instruction that the kernel sees (INT3, which does nothing without a handler), and back.
void visit_32_bit_code()
{
    asm volatile("lea -128(%%rsp), %%rsp\n\t"
                 "pushq $0x23\n\t"
                 "lea 1f(%%rip), %%rax\n\t"
                 "push %%rax\n\t"
                 "lretq\n\t"
                 ".code32\n"
                 "1: int3\n\t"
                 "ljmp $0x33, $2f\n\t"
                 ".code64\n"
                 "2: lea 128(%%rsp), %%rsp"
                 :
                 :
                 : "rax", "memory");
}

/// The kernel has seen 32-bit code of a thread; from its next wait the thread comes back to its 64-bit code.
void waits_in_64_bit_code()
{
    reset();
    Thread server, client;
    // It answers with a receive timeout: that is not for the short way.
    REQUIRE(server.start([](Word) {
        Message message;
        ThreadId const sender = l4::receive(l4::anythread, message);
        l4::ipc(sender, l4::anythread, {l4::Time::never(), l4::Time::milliseconds(1)}, message);
        l4::sleep(l4::Time::never());
    }));
    partner = server.id();
    settle();
    REQUIRE(client.start([](Word) {
        l4::my_utcb().exception_handler = L4_NILTHREAD;
        visit_32_bit_code();
        count(!call_partner());
        finished = 1;
    }));
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(mistakes, 0);
}

// ---- Words ----

constexpr Word label = 0xfedcba987654;

/// So many words, each of which tells which and of how many it is.
Message numbered(Word count)
{
    Message message{label};
    for (Word n = 1; n <= count; ++n) message.word(count << 32 | n);
    return message;
}
bool is_numbered(Message const& message, Word count)
{
    if (message.tag().raw() != numbered(count).tag().raw()) return false;
    for (unsigned n = 1; n <= count; ++n)
        if (message.mr(n) != (count << 32 | n)) return false;
    return true;
}

/// The answer to n words are 63 - n.
void words()
{
    constexpr Word most = 63;
    reset();
    Thread server, client;
    REQUIRE(server.start([](Word) {
        Message message;
        ThreadId sender = l4::receive(l4::anythread, message);
        for (;;) {
            Word const words = message.tag().untyped();
            count(!is_numbered(message, words));
            message = numbered(most - words);
            sender = l4::reply_wait(sender, message);
        }
    }));
    settle();
    partner = server.id();
    REQUIRE(client.start([](Word) {
        for (Word n = 0; n <= most; ++n) {
            Message message = numbered(n);
            count(!l4::call(partner, message) || !is_numbered(message, most - n));
        }
        finished = 1;
    }));
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(rounds, 128);
    CHECK_EQ(mistakes, 0);
}

// ---- Whose message it is ----

constinit ThreadId got_from;
constinit Word volatile got_tag = 0;

/// Waits once, without an end, notes what comes, and answers.
void receive_from(Word from)
{
    Message message;
    got_from = l4::receive(ThreadId::from_raw(from), message);
    got_tag = message.tag().raw();
    finished = 1;
    Message answer;
    (void)l4::send(got_from, answer);
}

void call_raw(Word tag)
{
    Registers registers = ipc_registers(partner, partner, 0, tag);
    test_call(&registers, l4::kip().ipc);
    code = registers.r9;
    rounds = 1;
}

void waits_for_another()
{
    reset();
    Thread receiver, caller;
    REQUIRE(receiver.start(receive_from, runner().raw()));
    settle();
    partner = receiver.id();
    REQUIRE(caller.start(call_raw, 0));
    settle();
    CHECK_EQ(finished, 0);
    CHECK_EQ(send_result(receiver.id(), soon), 0);
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(l4::global_id_of(got_from), runner());
}

/// A thread that waits for anybody, called by the name that it does not have yet.
void another_version()
{
    reset();
    Thread receiver, caller;
    REQUIRE(receiver.start(receive_from, L4_ANYTHREAD));
    settle();
    partner = next_version(receiver.id());
    REQUIRE(caller.start(call_raw, 0) && wait_for(rounds, 1));
    CHECK_EQ(code, L4_TAG_ERROR);
    CHECK_EQ(finished, 0);
}

/// Bits 12 to 15 are the kernel's to set: error, cross-processor, redirected.
void flags_do_not_arrive()
{
    for (Word const flags : {Word{L4_TAG_ERROR}, Word{L4_TAG_CROSS_CPU}, Word{L4_TAG_REDIRECTED}}) {
        reset();
        Thread receiver, caller;
        REQUIRE(receiver.start(receive_from, L4_ANYTHREAD));
        settle();
        partner = receiver.id();
        REQUIRE(caller.start(call_raw, 0x70000 | flags) && wait_for(rounds, 1));
        CHECK_EQ(got_tag, 0x70000);
    }
}

/// A space may talk to those of its redirector's space only, however it sends.
void redirected()
{
    reset();
    Task task, guard;
    Thread victim;
    Stack of_redirector, of_sender;
    ThreadId const redirector = new_id();
    REQUIRE(victim.start(receive_from, L4_ANYTHREAD));
    REQUIRE(task.create() && guard.create());
    REQUIRE(guard.start_thread(
        redirector, 1, of_redirector,
        [](Word) {
            Message message;
            l4::receive(l4::anythread, message);
            rounds = 1;
            l4::sleep(l4::Time::never());
        },
        0));
    l4::SpaceControlIn confine{};
    confine.space = task.anchor();
    confine.redirector = redirector;
    REQUIRE(bool{l4::space_control(confine)});
    settle();
    partner = victim.id();
    REQUIRE(task.start_thread(
        new_id(), 1, of_sender, [](Word) { (void)call_partner(); }, 0));
    settle();
    CHECK_EQ(rounds, 1);
    CHECK_EQ(finished, 0);
}

// ---- Whom we wait for ----

constinit ThreadId third;

/// Sends to one and waits for another; 0 or the ErrorCode.
void send_and_wait_for_third(Word)
{
    Registers registers = ipc_registers(partner, third, 0, 0);
    test_call(&registers, l4::kip().ipc);
    code = (registers.r9 & L4_TAG_ERROR) != 0 ? l4::last_error() : 0;
    rounds = 1;
}

void take_and_not_answer(Word)
{
    Message message;
    l4::receive(l4::anythread, message);
    finished = 1;
    l4::sleep(l4::Time::never());
}

void sends_without_a_wait()
{
    reset();
    Thread receiver, sender;
    REQUIRE(receiver.start(take_and_not_answer));
    settle();
    partner = receiver.id();
    third = l4::nilthread;
    REQUIRE(sender.start(send_and_wait_for_third));
    REQUIRE(wait_for(rounds, 1));
    CHECK_EQ(finished, 1);
    CHECK_EQ(code, 0);
}

void wait_with_an_end()
{
    reset();
    Thread receiver, sender;
    REQUIRE(receiver.start(take_and_not_answer));
    settle();
    partner = receiver.id();
    REQUIRE(sender.start([](Word) {
        Message message;
        code = ipc_result(partner, partner, {l4::Time::never(), l4::Time::milliseconds(1)}, message);
        rounds = 1;
    }));
    REQUIRE(wait_for(rounds, 1));
    CHECK_EQ(finished, 1);
    CHECK_EQ(code, receive_error(L4_IPC_TIMEOUT));
}

void waits_for_a_third()
{
    for (bool const is_there : {false, true}) {
        reset();
        Thread receiver, sender, other;
        REQUIRE(receiver.start(receive_from, L4_ANYTHREAD));
        REQUIRE(other.start([](Word) { l4::sleep(l4::Time::never()); }));
        settle();
        partner = receiver.id();
        third = is_there ? other.id() : new_id();
        REQUIRE(sender.start(send_and_wait_for_third) && wait_for(finished, 1));
        settle();
        CHECK_EQ(rounds, word(!is_there));
        other.end();
        REQUIRE(wait_for(rounds, 1));
        CHECK_EQ(code, receive_error(L4_IPC_NO_PARTNER));
    }
}

/// Who has got its message and goes on does not wait any more, also while another runs.
void got_its_message()
{
    reset();
    Thread receiver, first, second;
    REQUIRE(receiver.start([](Word) {
        for (unsigned n = 0; n < 2; ++n) {
            Message message;
            ThreadId const from = l4::receive(l4::anythread, message);
            rounds = rounds + 1;
            for (unsigned turn = 0; turn < 5; ++turn) l4::thread_switch();
            Message answer;
            (void)l4::send(from, answer);
        }
        finished = finished + 1;
    }));
    settle();
    partner = receiver.id();
    REQUIRE(first.create() && second.create());
    REQUIRE(first.begin([](Word) { count(!call_partner()); }));
    REQUIRE(second.begin([](Word) {
        while (rounds == 0) l4::thread_switch();
        code = rounds;
        count(!call_partner());
        finished = finished + 1;
    }));
    REQUIRE(wait_for(finished, 2));
    CHECK_EQ(code, 1);
    CHECK_EQ(rounds, 4);
    CHECK_EQ(mistakes, 0);
}

// ---- Who runs then ----

/// A receiver may run at once only if nobody of a higher priority is ready.
void others_come_first()
{
    static constinit Word volatile order = 0;
    reset();
    order = 0;
    Thread low, middle;
    REQUIRE(low.start(
        [](Word) {
            Message message;
            ThreadId const from = l4::receive(l4::anythread, message);
            order = order * 10 + 2;
            Message answer;
            (void)l4::send(from, answer);
        },
        0, priority::helper - 10));
    settle();
    // Ready at once, but below us.
    REQUIRE(middle.start([](Word) { order = order * 10 + 1; }));
    Registers registers = ipc_registers(low.id(), low.id(), 0, 0);
    test_call(&registers, l4::kip().ipc);
    CHECK_EQ(order, 12);
}

/// FS base and a vector register, as the thread sets them; and the GS base, by which it finds its UTCB.
struct OwnRegisters {
    Word value, utcb = gs_base();

    explicit OwnRegisters(Word v) : value{v} { asm volatile("wrfsbase %0; movq %0, %%xmm5" : : "r"(v)); }
    bool are_there() const
    {
        Word base, vector;
        asm volatile("rdfsbase %0; movq %%xmm5, %1" : "=r"(base), "=r"(vector));
        return base == value && vector == value && gs_base() == utcb;
    }
    static Word gs_base()
    {
        Word base;
        asm volatile("rdgsbase %0" : "=r"(base));
        return base;
    }
};

void own_registers_stay()
{
    reset();
    Thread server, client;
    REQUIRE(server.start([](Word) {
        OwnRegisters const own{0x5e};
        answer([&own] { count(!own.are_there()); });
    }));
    settle();
    partner = server.id();
    REQUIRE(client.start([](Word) {
        for (Word n = 1; n <= 5; ++n) {
            OwnRegisters const own{n};
            (void)call_partner();
            count(!own.are_there());
        }
        finished = 1;
    }));
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(rounds, 10);
    CHECK_EQ(mistakes, 0);
}

/// Flags that are not those of the wait before.
void flags_stay()
{
    constexpr Word arithmetic = 0x8d5;
    reset();
    Thread server, client;
    REQUIRE(server.start([](Word) { answer([] {}); }));
    settle();
    partner = server.id();
    REQUIRE(client.start([](Word) {
        for (Word const flags : {Word{0}, arithmetic, Word{0}}) {
            Registers registers = ipc_registers(partner, partner, 0, 0);
            registers.rflags = flags;
            test_call(&registers, l4::kip().ipc);
            count((registers.rflags & arithmetic) != flags);
        }
        finished = 1;
    }));
    REQUIRE(wait_for(finished, 1));
    CHECK_EQ(mistakes, 0);
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
    {"a task's memory is there after it", "Ipc", own_memory_is_there},
    {"others' ports are closed after it", "I/O flexpages", ports_of_others_are_closed},
    {"a partner that is deleted during the wait: error 2", "Ipc, error codes", partner_is_deleted},
    {"a former partner that is deleted: nothing", "Ipc", former_partner_is_deleted},
    {"many partners in turn, and some of them end", "Ipc", many_partners},
    {"the receiver sees nothing else of the sender's registers", "Ipc, amd64 registers", no_registers_leak},
    {"nobody sees where the kernel has its threads", "Ipc, amd64 registers", no_registers_are_left},
    {"a thread that has run 32-bit code comes back to 64-bit code", "Ipc, amd64 registers", waits_in_64_bit_code},
    {"0 to 63 words and a label", "Messages and message registers", words},
    {"who waits for another gets nothing", "Ipc", waits_for_another},
    {"another version of a thread that waits: nobody", "Ipc, error codes", another_version},
    {"flags in the sender's tag do not arrive", "Message tag", flags_do_not_arrive},
    {"a message that leaves the space goes to the redirector", "Redirection", redirected},
    {"segment bases and vector registers stay", "Ipc", own_registers_stay},
    {"flags stay", "Ipc, amd64 registers", flags_stay},
    {"a message without a wait", "Ipc", sends_without_a_wait},
    {"a wait that has an end", "Ipc, timeouts", wait_with_an_end},
    {"a wait for a third, who ends or does not exist", "Ipc, error codes", waits_for_a_third},
    {"who has got its message does not wait any more", "Ipc", got_its_message},
    {"a receiver runs after those of higher priority", "Scheduling", others_come_first},
    {"what others sent in the partner's name is received first", "Propagation", queued_in_the_name_of_the_partner},
};

} // namespace

Group const short_ipc_cases{"short ipc", cases};

} // namespace test
