// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/utcb.hpp>

#include <algorithm>

namespace test {
namespace {

using arena::view;
using l4::Rights;
using l4::Time;

constexpr Word rights_r = L4_RIGHT_R, rights_w = L4_RIGHT_W, rights_x = L4_RIGHT_X;

Word tag_of(Word rights) { return l4::MsgTag(L4_LABEL_PAGE_FAULT(rights), 0, 2).raw(); }

Word load_at(Word address, Word, Word, Word)
{
    Registers registers = distinct_registers(1);
    registers.rsi = address;
    test_load(&registers);
    return registers.rdx;
}

Word store_at(Word address, Word value, Word, Word)
{
    Registers registers = distinct_registers(1);
    registers.rsi = address;
    registers.rdx = value;
    test_store(&registers);
    return registers.rdx;
}

Message mapping(Fpage page, Word send_base)
{
    Message reply{0};
    return add(reply, {map_item(page, send_base)});
}

void message_of_a_read()
{
    Task task;
    REQUIRE(task.create());
    Outcome const fault = task.begin(load_at, view + 0x123);
    CHECK_EQ(fault.message.tag(), 0xffffffffffe40002);
    CHECK_EQ(fault.message.mr(1), view + 0x123);
    CHECK_EQ(fault.message.mr(2), reinterpret_cast<Word>(test_load_ip));
}

void message_of_a_write()
{
    Task task;
    REQUIRE(task.create());
    Outcome const fault = task.begin(store_at, view + 0xff8);
    CHECK_EQ(fault.message.tag(), 0xffffffffffe20002);
    CHECK_EQ(fault.message.mr(1), view + 0xff8);
    CHECK_EQ(fault.message.mr(2), reinterpret_cast<Word>(test_store_ip));
}

void message_of_an_execution()
{
    Task task;
    REQUIRE(task.create());
    Outcome const fault = task.begin(do_execute, view + 0x10);
    CHECK_EQ(fault.message.tag(), 0xffffffffffe10002);
    CHECK_EQ(fault.message.mr(1), view + 0x10);
    CHECK_EQ(fault.message.mr(2), view + 0x10);
}

void missing_right()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    CHECK(task.answer(mapping(arena::fpage(0, Rights::r), view)).is(arena::mark(0)));
    Outcome const fault = task.begin(store_at, view + 8, 5);
    CHECK_EQ(fault.message.tag(), tag_of(rights_w));
    CHECK_EQ(fault.message.mr(1), view + 8);
    CHECK(task.answer(mapping(arena::fpage(0, Rights::rw), view)).is(5));
    CHECK_EQ(arena::word_at(arena::page(0) + 8), 5);
    Outcome const no_execute = task.begin(do_execute, view);
    CHECK_EQ(no_execute.message.tag(), tag_of(rights_x));
}

void answered_with_a_page()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    CHECK(task.answer(mapping(arena::fpage(0), view)).is(arena::mark(0)));
    REQUIRE(task.begin(store_at, view + 0x1000, 77).is_fault(view + 0x1000, Rights::w));
    CHECK(task.answer(mapping(arena::fpage(0), view + 0x1000)).is(77));
    CHECK_EQ(arena::word_at(arena::page(0)), 77);
}

void answered_with_a_grant()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    Message reply{0};
    CHECK(task.answer(add(reply, {grant_item(arena::fpage(0), view)})).is(arena::mark(0)));
    CHECK_EQ(l4::unmap(arena::fpage(0, Rights::none), true).rights(), Rights::none);
}

void empty_answer()
{
    Task task;
    REQUIRE(task.create());
    Outcome fault = task.begin(load_at, view + 0x20);
    // The instruction is executed again, so the same fault comes again.
    for (unsigned round = 0; round < 3; ++round) {
        fault = task.answer(Message{0});
        CHECK_EQ(fault.message.tag(), tag_of(rights_r));
        CHECK_EQ(fault.message.mr(1), view + 0x20);
        CHECK_EQ(fault.message.mr(2), reinterpret_cast<Word>(test_load_ip));
    }
}

void any_label_and_words()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    Message reply{0x1234};
    for (Word n = 1; n <= 5; ++n) reply.word(~n);
    CHECK(task.answer(add(reply, {map_item(arena::fpage(0), view)})).is(arena::mark(0)));
}

/// A page somewhere else does not help, but it is there.
void answered_with_another_page()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    Outcome const again = task.answer(mapping(arena::fpage(0), view + 0x5000));
    CHECK(again.is_fault(view, Rights::r));
    CHECK(task.answer(mapping(arena::fpage(0), view)).is(arena::mark(0)));
    CHECK(task.can_read(view + 0x5000, arena::mark(0)));
}

void two_pages_for_one_access()
{
    REQUIRE(arena::reset_small(2));
    Task task;
    REQUIRE(task.create());
    Word const address = view + 0xffc;
    Outcome fault = task.begin(load_at, address);
    CHECK_EQ(fault.message.mr(1), address);
    fault = task.answer(mapping(arena::fpage(0), view));
    // What is missing now is the first byte of the second page.
    CHECK_EQ(fault.message.mr(1), view + 0x1000);
    arena::word_at(arena::page(0) + 0xff8) = 0x11111111'22222222;
    arena::word_at(arena::page(1)) = 0x33333333'44444444;
    CHECK(task.answer(mapping(arena::fpage(1), view + 0x1000)).is(0x44444444'11111111));
}

Word copy_bytes(Word to, Word from, Word count, Word)
{
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return to;
}

void in_the_middle_of_a_string_instruction()
{
    REQUIRE(arena::reset_small(3));
    Task task;
    REQUIRE(task.create());
    auto* const bytes = reinterpret_cast<unsigned char*>(arena::page(0));
    for (unsigned n = 0; n < 6000; ++n) bytes[n] = static_cast<unsigned char>(n * 7 + n / 251);
    Word const from = view, to = view + 0x10000;
    REQUIRE(task.set_window(Fpage::complete()));
    REQUIRE(task.map(arena::fpage(0), from));
    Outcome fault = task.begin(copy_bytes, to, from, 4100);
    CHECK(fault.is_fault(to, Rights::w));
    fault = task.answer(mapping(arena::fpage(2), to));
    CHECK(fault.is_fault(from + 0x1000, Rights::r));
    fault = task.answer(mapping(arena::fpage(1), from + 0x1000));
    CHECK(fault.is_fault(to + 0x1000, Rights::w));
    CHECK(task.answer(mapping(arena::fpage(1), to + 0x1000)).is(to + 4100));
    auto const* const copy = reinterpret_cast<unsigned char const*>(arena::page(2));
    CHECK(std::equal(copy, copy + 4096, bytes));
}

constinit Registers registers_before{}, registers_after{};
constinit l4_utcb utcb_before{}, utcb_after{};

/// Fills all that a fault must leave alone, faults, and keeps what it finds then.
Word fault_with_full_registers(Word address, Word, Word, Word)
{
    l4_utcb& utcb = l4::my_utcb();
    for (unsigned n = 0; n < L4_MR_COUNT; ++n) utcb.mr[n] = 0x1234'0000'0000 + n;
    for (unsigned n = 0; n < L4_BR_COUNT; ++n) utcb.br_descending[n] = 0x5678'0000'0000 + n;
    utcb.error_code = 0x4242;
    utcb.virtual_sender = 0x4343;
    utcb.intended_receiver = 0x4444;
    utcb.xfer_timeouts = 0x4545;
    utcb.user_defined_handle = 0x4646;
    utcb.thread_word0 = 0x4747;
    utcb.thread_word1 = 0x4848;
    utcb_before = utcb;
    registers_before = distinct_registers(0x3333, 0x8d5);
    registers_before.rsi = address;
    registers_after = registers_before;
    test_load(&registers_after);
    utcb_after = utcb;
    utcb.br_descending[L4_BR_COUNT - 1] = 0;
    utcb.xfer_timeouts = 0;
    return registers_after.rdx;
}

void nothing_else_changes()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.begin(fault_with_full_registers, view).is_fault(view, Rights::r));
    // An answer with as much in it as possible.
    Message reply{0x777};
    for (Word n = 1; n <= 40; ++n) reply.word(0xbad0000 + n);
    REQUIRE(task.answer(add(reply, {map_item(arena::fpage(0), view)})).is(arena::mark(0)));
    for (std::size_t n = 1; n < Registers::rsp_index; ++n)
        if (&registers_after[n] != &registers_after.rdx) CHECK_EQ(registers_after[n], registers_before[n]);
    CHECK_EQ(registers_after.rflags & 0x8d5, 0x8d5);
    for (unsigned n = 0; n < L4_MR_COUNT; ++n) CHECK_EQ(utcb_after.mr[n], utcb_before.mr[n]);
    for (unsigned n = 0; n < L4_BR_COUNT; ++n) CHECK_EQ(utcb_after.br_descending[n], utcb_before.br_descending[n]);
    CHECK_EQ(utcb_after.error_code, utcb_before.error_code);
    CHECK_EQ(utcb_after.virtual_sender, utcb_before.virtual_sender);
    CHECK_EQ(utcb_after.intended_receiver, utcb_before.intended_receiver);
    CHECK_EQ(utcb_after.xfer_timeouts, utcb_before.xfer_timeouts);
    CHECK_EQ(utcb_after.user_defined_handle, utcb_before.user_defined_handle);
    CHECK_EQ(utcb_after.thread_word0, utcb_before.thread_word0);
    CHECK_EQ(utcb_after.thread_word1, utcb_before.thread_word1);
    CHECK_EQ(utcb_after.pager, utcb_before.pager);
    CHECK_EQ(utcb_after.exception_handler, utcb_before.exception_handler);
}

constinit Word volatile stranger_code = 0;
constinit Word volatile stranger_done = 0;

void only_the_pager_answers()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    Thread stranger;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    stranger_done = 0;
    REQUIRE(stranger.start(
        [](Word to) {
            stranger_code = send_result(ThreadId::from_raw(to), Time::milliseconds(3));
            stranger_done = 1;
        },
        task.agent().raw()));
    REQUIRE(wait_for(stranger_done, 1));
    CHECK_EQ(stranger_code, send_error(L4_IPC_TIMEOUT));
    CHECK(task.answer(mapping(arena::fpage(0), view)).is(arena::mark(0)));
}

/// Schedule's state of a thread; 2 is halted.
Word state_of(ThreadId id) { return l4::schedule({.dest = id}); }

constinit Word volatile progress = 0;

void touch_without_pager(Word pager)
{
    l4::my_utcb().pager = pager;
    progress = 1;
    (void)*reinterpret_cast<Word const volatile*>(view);
    progress = 2;
}

void without_a_pager(Word pager)
{
    progress = 0;
    Task task;
    Stack stack;
    ThreadId const thread = new_id();
    REQUIRE(task.create());
    REQUIRE(task.start_thread(thread, 1, stack, touch_without_pager, pager));
    REQUIRE(wait_for(progress, 1));
    settle();
    CHECK_EQ(progress, 1);
    // It does not run, and it does not keep others from running.
    CHECK(state_of(thread) != 3);
    CHECK(task.can_read(task.layout().kip_area.base(), L4_KIP_MAGIC));
}

void nil_pager() { without_a_pager(l4::nilthread.raw()); }
void vanished_pager() { without_a_pager(new_id().raw()); }
void any_pager() { without_a_pager(l4::anythread.raw()); }

/// A pager in the same space, which finds the page present and answers with nothing.
constinit Word volatile pager_faults = 0;
void local_pager(Word)
{
    Message message;
    ThreadId to = l4::nilthread;
    for (;;) {
        to = l4::reply_wait(to, message);
        pager_faults = pager_faults + 1;
        // Our own touch is a fault to our own pager, the runner, and brings the page for all of the space.
        (void)*reinterpret_cast<Word const volatile*>(message.mr(1));
        message = Message{0};
    }
}

void pager_of_the_same_space()
{
    REQUIRE(arena::reset_small(1));
    pager_faults = 0;
    progress = 0;
    Task task;
    Stack pager_stack, client_stack;
    ThreadId const pager = new_id(), client = new_id();
    REQUIRE(task.create());
    REQUIRE(task.start_thread(pager, 1, pager_stack, local_pager, 0));
    REQUIRE(task.start_thread(client, 2, client_stack, touch_without_pager, pager.raw()));
    Outcome const fault = wait_for_message(pager);
    REQUIRE(fault.is_fault(view, Rights::r));
    Message const reply = mapping(arena::fpage(0), view);
    REQUIRE(l4::send(pager, reply, soon));
    REQUIRE(wait_for(progress, 2));
    CHECK_EQ(pager_faults, 1);
}

/// Addresses that are the kernel's are faults like all others, and no answer opens them.
void kernel_addresses()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    for (Word const address : {0xffff800000000000ul, 0xffff808000000000ul, 0xffff80803fe00000ul, 0xffff810000000000ul,
                               0xffff807fffe00000ul, 0xfffffffffffff000ul, 0x7ffffffff000ul}) {
        Outcome fault = task.begin(load_at, address);
        CHECK(fault.is_fault(address, Rights::r));
        fault = task.answer(mapping(arena::fpage(0), address));
        CHECK(fault.is_fault(address, Rights::r));
        REQUIRE(task.restart());
        CHECK(task.begin(store_at, address).is_fault(address, Rights::w));
        REQUIRE(task.restart());
        CHECK(task.begin(do_execute, address).is_fault(address, Rights::x));
        REQUIRE(task.restart());
    }
}

constinit Word volatile old_control = 0;
constinit ThreadId victim = l4::nilthread;

void cancel_victim(Word) { old_control = l4::exchange_registers({.dest = victim, .control = 6}).control | 0x100; }

/// The cancellation comes from a second thread of the space; the instruction is executed again.
void cancelled_fault()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    Stack stack;
    REQUIRE(task.create());
    REQUIRE(task.begin(load_at, view).is_fault(view, Rights::r));
    victim = task.agent();
    old_control = 0;
    REQUIRE(task.start_thread(new_id(), 1, stack, cancel_victim, 0));
    Outcome const again = wait_for_message(task.agent());
    CHECK(again.is_fault(view, Rights::r));
    CHECK_EQ(again.message.mr(2), reinterpret_cast<Word>(test_load_ip));
    CHECK(task.answer(mapping(arena::fpage(0), view)).is(arena::mark(0)));
    CHECK_EQ(old_control & 0x107, 0x102);
}

constexpr Case cases[] = {
    {"a read: tag, exact address, IP", "Pagefault protocol", message_of_a_read},
    {"a write: tag, exact address, IP", "Pagefault protocol", message_of_a_write},
    {"an execution: tag, address is IP", "Pagefault protocol", message_of_an_execution},
    {"a missing right is a fault for that right alone", "Pagefault protocol", missing_right},
    {"the answer maps the page, the instruction goes on", "Pagefault protocol", answered_with_a_page},
    {"the answer may grant", "Pagefault protocol", answered_with_a_grant},
    {"an empty answer repeats the instruction", "Pagefault protocol", empty_answer},
    {"label and words of the answer do not matter", "Pagefault protocol", any_label_and_words},
    {"an answer may map another page", "Pagefault protocol", answered_with_another_page},
    {"an access across two pages is two faults", "Pagefault protocol", two_pages_for_one_access},
    {"a string instruction goes on where it was", "Pagefault protocol", in_the_middle_of_a_string_instruction},
    {"registers, MRs, BRs, ErrorCode and sender's TCRs do not change", "Pagefault protocol", nothing_else_changes},
    {"nobody but the pager can answer", "Pagefault protocol", only_the_pager_answers},
    {"a thread whose pager is nil stops at its fault", "Pagefault protocol", nil_pager},
    {"a thread whose pager does not exist stops at its fault", "Pagefault protocol", vanished_pager},
    {"a thread whose pager is anythread stops at its fault", "Pagefault protocol", any_pager},
    {"a pager of the same space answers with nothing", "Pagefault protocol", pager_of_the_same_space},
    {"kernel addresses fault for users and cannot be mapped", "Pagefault protocol", kernel_addresses},
    {"a cancelled fault is raised again", "ExchangeRegisters", cancelled_fault},
};

} // namespace

Group const page_fault_cases{"page faults", cases};

} // namespace test
