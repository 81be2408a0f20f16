// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/raw_ipc.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/vcpu.h>

namespace test {
namespace {

constexpr Fpage kip_area = Fpage::memory(0xbff00000, 12, l4::Rights::none);
constexpr Fpage utcb_area = Fpage::memory(0xbf000000, 16, l4::Rights::none);

/// A space with one inactive thread, without areas.
ThreadId new_space()
{
    ThreadId const id = new_id();
    CHECK(l4::thread_control({.dest = id, .space = id, .scheduler = l4::my_global_id()}));
    return id;
}

Word result_of(ThreadId space, Fpage kip, Fpage utcbs)
{
    return l4::space_control({.space = space, .kip_area = kip, .utcb_area = utcbs}) ? 0 : l4::last_error();
}

constexpr Fpage area(Word base, unsigned log2) { return Fpage::memory(base, log2, l4::Rights::none); }

Word control_as_task(Word space, Word, Word, Word) { return result_of(ThreadId::from_raw(space), kip_area, utcb_area); }

void no_privilege()
{
    Task task;
    REQUIRE(task.create());
    CHECK(task.run(control_as_task, new_space().raw()).is(L4_ERROR_NO_PRIVILEGE));
    CHECK(task.run(control_as_task, task.anchor().raw()).is(L4_ERROR_NO_PRIVILEGE));
}

void unknown_space()
{
    CHECK_EQ(result_of(new_id(), kip_area, utcb_area), L4_ERROR_INVALID_SPACE);
    CHECK_EQ(result_of(l4::nilthread, kip_area, utcb_area), L4_ERROR_INVALID_SPACE);
    CHECK_EQ(result_of(l4::anythread, kip_area, utcb_area), L4_ERROR_INVALID_SPACE);
    ThreadId const space = new_space();
    CHECK_EQ(result_of(next_version(space), kip_area, utcb_area), L4_ERROR_INVALID_SPACE);
}

void local_specifier()
{
    CHECK_EQ(result_of(ThreadId::from_raw(word(l4::my_utcb().mr)), kip_area, utcb_area), L4_ERROR_INVALID_SPACE);
}

/// A server's areas lie elsewhere: what is refused to a server must not have made the space one.
void failing_call_makes_no_server()
{
    ThreadId const space = new_space();
    l4::SpaceControlIn in;
    in.space = space;
    in.control = L4_SPACE_SERVER;
    in.kip_area = kip_area;
    in.utcb_area = utcb_area;
    CHECK(!l4::space_control(in));
    CHECK_EQ(l4::last_error(), L4_ERROR_UTCB_AREA);
    in.utcb_area = area(L4_SERVER_AREA_START, 16);
    CHECK(!l4::space_control(in));
    CHECK_EQ(l4::last_error(), L4_ERROR_KIP_AREA);
    CHECK_EQ(result_of(space, kip_area, utcb_area), 0);
}

/// A quota of nothing would be seen by the next thread.
void failing_call_changes_nothing()
{
    ThreadId const space = new_space();
    l4::SpaceControlIn in;
    in.space = space;
    in.control = L4_SPACE_QUOTA;
    in.kip_area = kip_area;
    in.redirector = l4::my_global_id();
    in.quota_frames = 1;
    CHECK(!l4::space_control(in));
    CHECK_EQ(l4::last_error(), L4_ERROR_UTCB_AREA);
    REQUIRE_EQ(result_of(space, kip_area, utcb_area), 0);
    ThreadId const me = l4::my_global_id();
    CHECK(l4::thread_control({.dest = space, .space = space, .pager = me, .utcb_location = utcb_area.base()}));
}

void bad_utcb_areas()
{
    ThreadId const space = new_space();
    for (Fpage const utcbs : {area(0xbf000000, 11), Fpage{}, area(0xffff800000000000, 16), area(0x800000000000, 16),
                              area(0xffff808000000000, 12), Fpage::complete(), area(0, 63)})
        CHECK_EQ(result_of(space, kip_area, utcbs), L4_ERROR_UTCB_AREA);
    // Nothing has been set: a good one is taken.
    CHECK_EQ(result_of(space, kip_area, utcb_area), 0);
}

void bad_kip_areas()
{
    ThreadId const space = new_space();
    for (Fpage const kip : {area(0xbff00000, 11), Fpage{}, area(0xffff800000000000, 12), area(0x800000000000, 12),
                            area(0xbf000000, 12), area(0xbf00f000, 12), area(0xbf000000, 24)})
        CHECK_EQ(result_of(space, kip, utcb_area), L4_ERROR_KIP_AREA);
    CHECK_EQ(result_of(space, kip_area, utcb_area), 0);
}

void result_registers()
{
    ThreadId const space = new_space();
    Registers registers = distinct_registers(3);
    registers.rdx = kip_area.raw();
    registers.rsi = 0;
    registers.rdi = space.raw();
    registers.r8 = utcb_area.raw();
    registers.r9 = 0;
    test_call(&registers, l4::kip().space_control);
    CHECK_EQ(registers.rax, 1);
    CHECK_EQ(registers.rdx, 0);
}

void ignored_once_active()
{
    Task task;
    REQUIRE(task.create());
    CHECK_EQ(result_of(task.anchor(), area(0x10000000, 12), area(0x20000000, 16)), 0);
    CHECK(task.can_read(kip_area.base(), L4_KIP_MAGIC));
    CHECK(task.cannot_read(0x10000000));
}

Word own_utcb(Word, Word, Word, Word) { return word(&l4::my_utcb()); }

/// Users reserve far more than they use; pages come with the threads.
void generous_area()
{
    Task task;
    TaskLayout layout;
    layout.utcb_area = area(0x4000000000, 30);
    REQUIRE(task.create(layout));
    CHECK(task.run(own_utcb).is(0x4000000000));
    Stack stack;
    ThreadId const last = new_id();
    REQUIRE(task.start_thread(
        last, (Word{1} << 20) - 1, stack, [](Word) {}, 0));
    CHECK_EQ(l4::schedule({.dest = last}) != 0, true);
}

void area_of_four()
{
    Task task;
    TaskLayout layout;
    layout.utcb_area = area(0xbf000000, 12);
    REQUIRE(task.create(layout));
    ThreadId const me = l4::my_global_id();
    for (Word n = 1; n < 4; ++n) {
        ThreadId const id = new_id();
        CHECK(l4::thread_control(
            {.dest = id, .space = task.anchor(), .scheduler = me, .pager = me, .utcb_location = task.location(n)}));
    }
    ThreadId const id = new_id();
    CHECK(!l4::thread_control(
        {.dest = id, .space = task.anchor(), .scheduler = me, .pager = me, .utcb_location = task.location(4)}));
    CHECK_EQ(l4::last_error(), L4_ERROR_UTCB_AREA);
}

/// Other kernels' programs place the KIP of a new space at the address of their own.
void areas_in_strange_places()
{
    for (Word const base : {0x1000ul, 0x7fffff000000ul, 0x400000000000ul}) {
        ThreadId const space = new_space();
        CHECK_EQ(result_of(space, area(base, 12), area(l4::align_down(base + 0x10000, 0x10000), 16)), 0);
    }
}

// ---- ProcessorControl and MemoryControl ----

Word processor_control(Word, Word, Word, Word)
{
    Registers registers = distinct_registers(4);
    registers.rdi = 0;
    test_call(&registers, l4::kip().processor_control);
    return registers.rax;
}

Word memory_control(Word attribute, Word, Word, Word)
{
    Registers registers = distinct_registers(5);
    registers.rdx = 0; // one flexpage
    registers.rcx = attribute;
    registers.rsi = registers.r8 = registers.r11 = 0;
    registers.r9 = 0; // nil
    test_call(&registers, l4::kip().memory_control);
    return registers.rdi == word(l4::my_utcb().mr) && registers.rax == registers.rdx ? registers.rax : ~Word{0};
}

void other_privileged_calls()
{
    Task task;
    REQUIRE(task.create());
    Outcome outcome = task.run(processor_control);
    CHECK(outcome.is(0));
    CHECK_EQ(outcome.error, L4_ERROR_NO_PRIVILEGE);
    outcome = task.run(memory_control);
    CHECK(outcome.is(0));
    CHECK_EQ(outcome.error, L4_ERROR_NO_PRIVILEGE);
}

/// One flexpage, with this number in its low bits, and the attributes 0 to 3.
bool set_attributes(Word fpage, Word a0, Word a1, Word a2, Word a3)
{
    Registers registers = distinct_registers(5);
    registers.rdx = 0;
    registers.rcx = a0;
    registers.rsi = a1;
    registers.r8 = a2;
    registers.r11 = a3;
    registers.r9 = fpage;
    test_call(&registers, l4::kip().memory_control);
    return registers.rax == 1 && registers.rdx == 1 && registers.rdi == word(l4::my_utcb().mr);
}

/// TCG has no caches: what can be seen is that the pages stay what they are.
void attributes_of_pages()
{
    REQUIRE(arena::reset_small(1024));
    Word const page = arena::fpage(3, l4::Rights::none).raw();
    for (Word const attribute : {0, 1, 2, 5, 6, 7}) {
        CHECK(set_attributes(page, attribute, 99, 99, 99));
        CHECK(set_attributes(page | 1, 99, attribute, 99, 99));
        CHECK(set_attributes(page | 2, 99, 99, attribute, 99));
        CHECK(set_attributes(page | 3, 99, 99, 99, attribute));
        CHECK_EQ(arena::word_at(arena::page(3)), arena::mark(3));
        arena::word_at(arena::page(3)) = arena::mark(3);
    }
    for (Word const attribute : {3, 4, 8, 99}) {
        CHECK(!set_attributes(page | 2, 0, 0, attribute, 0));
        CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_PARAMETER);
    }
    // Many pages, holes, the kernel's areas; and back.
    for (Word const attribute : {1, 0}) {
        CHECK(set_attributes(arena::whole().raw() & ~Word{7}, attribute, 0, 0, 0));
        CHECK(set_attributes(L4_COMPLETE_SPACE, attribute, 0, 0, 0));
    }
    CHECK_EQ(arena::word_at(arena::page(1023)), arena::mark(1023));
    REQUIRE(arena::reset_large());
    CHECK(set_attributes(arena::large_fpage(0, l4::Rights::none).raw() | 1, 0, 2, 0, 0));
    CHECK(set_attributes(L4_COMPLETE_IO_SPACE, 0, 0, 0, 0));
    CHECK(set_attributes(arena::fpage(5, l4::Rights::none).raw(), 7, 0, 0, 0));
}

void too_many_pages()
{
    Registers registers = distinct_registers(5);
    registers.rdx = 64;
    registers.rcx = registers.rsi = registers.r8 = registers.r11 = 0;
    test_call(&registers, l4::kip().memory_control);
    CHECK_EQ(registers.rax, 0);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_PARAMETER);
}

void memory_attributes()
{
    CHECK_EQ(memory_control(0, 0, 0, 0), 1);
    CHECK_EQ(memory_control(99, 0, 0, 0), 0);
    CHECK_EQ(l4::last_error(), L4_ERROR_INVALID_PARAMETER);
}

constexpr Case cases[] = {
    {"error 1 for a caller without privilege", "SpaceControl", no_privilege},
    {"error 3 for a space that does not exist", "SpaceControl", unknown_space},
    {"error 3 for a local ID", "SpaceControl", local_specifier},
    {"a failing call changes nothing", "SpaceControl", failing_call_changes_nothing},
    {"a failing call makes no space a server", "SpaceControl", failing_call_makes_no_server},
    {"error 6 for UTCB areas too small or outside", "SpaceControl", bad_utcb_areas},
    {"error 7 for KIP areas too small, outside or overlapping", "SpaceControl", bad_kip_areas},
    {"result 1 and old control 0", "SpaceControl", result_registers},
    {"areas are ignored once a thread is active", "SpaceControl", ignored_once_active},
    {"a UTCB area of a million UTCBs", "SpaceControl", generous_area},
    {"a UTCB area of four UTCBs", "SpaceControl", area_of_four},
    {"areas anywhere in the user's part", "SpaceControl", areas_in_strange_places},
    {"error 1 from ProcessorControl and MemoryControl", "ProcessorControl, MemoryControl", other_privileged_calls},
    {"attributes of memory: the default works, an unknown one is error 5", "MemoryControl", memory_attributes},
    {"all attributes of pages small and large", "MemoryControl", attributes_of_pages},
    {"more than 64 flexpages are error 5", "MemoryControl", too_many_pages},
};

} // namespace

Group const space_control_cases{"space control", cases};

} // namespace test
