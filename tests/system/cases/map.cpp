// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/utcb.hpp>

#include <algorithm>

namespace test {
namespace {

using arena::fpage;
using arena::large_fpage;
using arena::mark;
using arena::page;
using arena::view;
using arena::word_at;
using l4::large_page_size;
using l4::page_size;
using l4::Rights;

constexpr Fpage view_page(Word n, Rights rights = Rights::rwx)
{
    return Fpage::memory(view + n * page_size, 12, rights);
}

/// Tasks that take mappings everywhere.
template <std::size_t N>
bool create_all(Task (&tasks)[N])
{
    return std::all_of(tasks, tasks + N,
                       [](Task& task) { return task.create() && task.set_window(Fpage::complete()); });
}

void one_page()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(fpage(0), view));
    CHECK(task.can_read(view, mark(0)));
    CHECK(task.can_write(view + 0xff8, 0x4711));
    CHECK_EQ(word_at(page(0) + 0xff8), 0x4711);
    word_at(page(0) + 8) = 0x4712;
    CHECK(task.can_read(view + 8, 0x4712));
    // Around it is nothing.
    CHECK(task.cannot_read(view - 8));
    CHECK(task.cannot_read(view + page_size));
    CHECK(task.cannot_read(page(0)));
}

void rights_of_the_fpage()
{
    REQUIRE(arena::reset_small(4));
    word_at(page(1)) = word_at(page(3)) = 0xc3; // ret
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    constexpr Rights rights[] = {Rights::r, Rights::rx, Rights::rw, Rights::rwx};
    for (Word n = 0; n < 4; ++n) REQUIRE(task.map(fpage(n, rights[n]), view + n * page_size));
    CHECK(task.read(view).is_done());
    CHECK(task.cannot_write(view));
    CHECK(task.cannot_execute(view));
    CHECK(task.read(view + page_size).is_done());
    CHECK(task.cannot_write(view + page_size));
    CHECK(task.execute(view + page_size).is_done());
    CHECK(task.can_write(view + 2 * page_size, 1));
    CHECK(task.cannot_execute(view + 2 * page_size));
    CHECK(task.execute(view + 3 * page_size).is_done());
    CHECK(task.can_write(view + 3 * page_size, 1));
}

/// What the sender does not have it cannot give.
void rights_of_the_sender()
{
    REQUIRE(arena::reset_small(1));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0, Rights::r), view));
    REQUIRE(tasks[0].forward(tasks[1], map_item(view_page(0), view)).is(2));
    CHECK(tasks[1].can_read(view, mark(0)));
    CHECK(tasks[1].cannot_write(view));
    CHECK(tasks[1].cannot_execute(view));
}

void rights_are_extended()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(fpage(0, Rights::r), view));
    CHECK(task.cannot_write(view));
    REQUIRE(task.map(fpage(0, Rights::rw), view));
    CHECK(task.can_write(view, 5));
    CHECK(task.cannot_execute(view));
    // Fewer rights for the same page take nothing away.
    REQUIRE(task.map(fpage(0, Rights::r), view));
    CHECK(task.can_write(view, 6));
}

/// Extending the rights of a page does not cut it off from what was mapped from it.
void extension_keeps_children()
{
    REQUIRE(arena::reset_small(1));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0, Rights::r), view));
    REQUIRE(tasks[0].forward(tasks[1], map_item(view_page(0), view)).is(2));
    REQUIRE(tasks[0].map(fpage(0), view));
    CHECK(tasks[1].can_read(view, mark(0)));
    CHECK(tasks[1].cannot_write(view));
    l4::unmap(fpage(0), false);
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[1].cannot_read(view));
}

void overmapping()
{
    REQUIRE(arena::reset_small(2));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[1], map_item(view_page(0), view)).is(2));
    CHECK(tasks[1].can_read(view, mark(0)));
    // Another page takes its place: the old one goes, also from those who had it from there.
    REQUIRE(tasks[0].map(fpage(1, Rights::r), view));
    CHECK(tasks[0].can_read(view, mark(1)));
    CHECK(tasks[0].cannot_write(view));
    CHECK(tasks[1].cannot_read(view));
    CHECK_EQ(word_at(page(0)), mark(0));
}

/// The same frame from another sender is another page.
void overmapping_by_the_same_frame()
{
    REQUIRE(arena::reset_small(1));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view) && tasks[1].map(fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[1], map_item(view_page(0), view)).is(2));
    CHECK(tasks[1].can_read(view, mark(0)));
    // Now it hangs on the first task: that one's unmap takes it away, or it still hangs on us. Never is it lost or double.
    l4::unmap(fpage(0), false);
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[1].cannot_read(view));
}

void several_items()
{
    REQUIRE(arena::reset_small(8));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(
        task.deliver({map_item(fpage(0), view), map_item(fpage(1), view + 0x10000), map_item(fpage(2), view + 0x20000),
                      map_item(fpage(3), view + 0x30000), map_item(fpage(4), view + 0x40000)})
            .is(10));
    for (Word n = 0; n < 5; ++n) CHECK(task.can_read(view + n * 0x10000, mark(n)));
}

void items_behind_words()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    // 61 words and one item fill a message.
    REQUIRE(task.begin(do_read, view + 8).is_fault(view + 8, Rights::r));
    Message reply{1};
    for (Word n = 1; n <= 61; ++n) reply.word(n);
    add(reply, {map_item(fpage(0), view)});
    REQUIRE_EQ(reply.tag(), l4::MsgTag(1, 2, 61));
    CHECK(task.answer(reply).is_done());
}

constinit Word volatile received[8]{};
constinit Word volatile received_done = 0;

void keep_message(Word window)
{
    l4::accept_mappings(Fpage::from_raw(window));
    Message message;
    l4::receive(l4::anythread, message);
    for (unsigned n = 0; n < 8; ++n) received[n] = message.mr(n);
    received_done = 1;
}

void words_of_items_arrive()
{
    REQUIRE(arena::reset_small(1));
    received_done = 0;
    Task task;
    Stack stack;
    ThreadId const thread = new_id();
    REQUIRE(task.create());
    REQUIRE(task.start_thread(thread, 1, stack, keep_message, Fpage::complete().raw()));
    Message message{0x55};
    message.word(0x66);
    add(message, {map_item(fpage(0, Rights::rw), view + 0x400)});
    REQUIRE(l4::send(thread, message, soon));
    REQUIRE(wait_for(received_done, 1));
    CHECK_EQ(received[0], l4::MsgTag(0x55, 2, 1).raw());
    CHECK_EQ(received[1], 0x66);
    CHECK_EQ(received[2] & ~Word{1}, L4_MAP_ITEM(view + 0x400));
    CHECK_EQ(received[3], fpage(0, Rights::rw).raw());
}

// ---- Windows and the hot spot ----

constexpr Word window_base = view + 0x100000;

void small_page_in_a_large_window()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.set_window(Fpage::memory(window_base, 16, Rights::none)));
    // Window base + (B modulo its size), aligned down to the page.
    REQUIRE(task.map(fpage(0), 0x12345678));
    CHECK(task.can_read(window_base + 0x5000, mark(0)));
    CHECK(task.cannot_read(window_base));
    CHECK(task.cannot_read(window_base + 0x4000));
}

void large_page_in_a_small_window()
{
    REQUIRE(arena::reset_small(16));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.set_window(Fpage::memory(window_base, 13, Rights::none)));
    // 64 KiB into 8 KiB: that part of the flexpage which B names.
    REQUIRE(task.map(Fpage::memory(page(0), 16, Rights::rwx), 0x1234'b123));
    CHECK(task.can_read(window_base, mark(10)));
    CHECK(task.can_read(window_base + page_size, mark(11)));
    CHECK(task.cannot_read(window_base + 2 * page_size));
    CHECK(task.cannot_read(window_base - 8));
}

void same_sizes()
{
    REQUIRE(arena::reset_small(4));
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.set_window(Fpage::memory(window_base, 14, Rights::none)));
    REQUIRE(task.map(Fpage::memory(page(0), 14, Rights::rwx), 0xffffffffffff0000));
    for (Word n = 0; n < 4; ++n) CHECK(task.can_read(window_base + n * page_size, mark(n)));
}

void complete_to_complete()
{
    REQUIRE(arena::reset_small(2));
    // Everything we have, at our own addresses: sent by a task that has little.
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view) && tasks[0].map(fpage(1), view + 0x7000));
    REQUIRE(tasks[0].forward(tasks[1], map_item(Fpage::complete(), 0)).is(2));
    CHECK(tasks[1].can_read(view, mark(0)));
    CHECK(tasks[1].can_read(view + 0x7000, mark(1)));
    CHECK(tasks[1].cannot_read(view + 0x1000));
}

void base_bits_below_the_size()
{
    REQUIRE(arena::reset_small(4));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    // The flexpage's base points into it; it is aligned down.
    REQUIRE(task.map(Fpage::memory(page(3) + 0x400, 14, Rights::rwx), view + 0x9000));
    for (Word n = 0; n < 4; ++n) CHECK(task.can_read(view + 0x8000 + n * page_size, mark(n)));
}

void holes()
{
    REQUIRE(arena::reset_small(16));
    for (Word n = 0; n < 16; n += 3) l4::unmap(fpage(n), true);
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(Fpage::memory(page(0), 16, Rights::rwx), view));
    for (Word n = 0; n < 16; ++n) {
        Word const address = view + n * page_size;
        CHECK(n % 3 == 0 ? task.cannot_read(address) : task.can_read(address, mark(n)));
    }
}

void nothing_but_holes()
{
    REQUIRE(arena::reset_small(0));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    CHECK(task.map(fpage(0), view));
    CHECK(task.map(arena::whole(), view));
    CHECK(task.cannot_read(view));
}

void nil_fpage()
{
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    CHECK(task.map(Fpage{}, view));
    CHECK(task.cannot_read(view));
}

void too_small()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    CHECK(task.map(Fpage::memory(page(0), 11, Rights::rwx), view));
    CHECK(task.cannot_read(view));
}

void without_rights()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    CHECK(task.map(fpage(0, Rights::none), view));
    CHECK(task.cannot_write(view));
    CHECK(task.cannot_execute(view));
}

void destination_outside_the_user_area()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    for (Word const base : {0xffff800000000000ul, 0xffff807fffe02000ul, 0xfffffffffffff000ul, 0x7ffffffff000ul,
                            0x800000000000ul, 0xffff810000000000ul}) {
        CHECK(task.map(fpage(0), base));
        CHECK_EQ(word_at(page(0)), mark(0));
    }
    CHECK(task.map(fpage(0), 0x7fffffffe000));
    CHECK(task.can_read(0x7fffffffe000, mark(0)));
}

Word own_handle(Word, Word, Word, Word) { return l4::my_utcb().user_defined_handle; }

void kernel_areas_of_the_receiver()
{
    REQUIRE(arena::reset_small(16));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    Word const utcbs = task.layout().utcb_area.base();
    Word const kip = task.layout().kip_area.base();
    CHECK(task.map(fpage(0), utcbs));
    CHECK(task.map(fpage(0), kip));
    CHECK(task.map(Fpage::memory(page(0), 16, Rights::rwx), utcbs));
    CHECK(task.can_read(kip, L4_KIP_MAGIC));
    CHECK(task.run(own_handle).is(0));
    // Not even where no UTCB is yet.
    CHECK(!task.can_read(utcbs + 8 * page_size, mark(8)));
    for (Word n = 0; n < 16; ++n) CHECK_EQ(word_at(page(n)), mark(n));
}

void kernel_areas_of_the_sender()
{
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    Word const kip = l4::align_down(word(&l4::kip()), page_size);
    Word const utcb = l4::align_down(word(&l4::my_utcb()), page_size);
    CHECK(task.map(Fpage::memory(kip, 12, Rights::rwx), view));
    CHECK(task.map(Fpage::memory(utcb, 12, Rights::rwx), view + page_size));
    CHECK(task.cannot_read(view));
    CHECK(task.cannot_read(view + page_size));
}

void kernel_memory_of_the_sender()
{
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    for (Word const base : {0xffff808000000000ul, 0xffff810000000000ul, 0xffff807fffe00000ul}) {
        CHECK(task.map(Fpage::memory(base, 12, Rights::rwx), view));
        CHECK(task.map(Fpage::memory(base, 21, Rights::rwx), view));
    }
    CHECK(task.cannot_read(view));
}

// ---- 2 MiB ----

void large_page()
{
    REQUIRE(arena::reset_large());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(large_fpage(0), view));
    for (Word n = 0; n < 512; n += 73) CHECK(task.can_read(view + n * page_size, mark(n)));
    CHECK(task.can_write(view + large_page_size - 8, 0x99));
    CHECK_EQ(word_at(arena::large_page(0) + large_page_size - 8), 0x99);
    CHECK(task.cannot_read(view + large_page_size));
}

void parts_of_a_large_page()
{
    REQUIRE(arena::reset_large());
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(fpage(17), view + 0x3000));
    REQUIRE(task.map(Fpage::memory(page(32), 16, Rights::r), view + 0x10000));
    CHECK(task.can_read(view + 0x3000, mark(17)));
    CHECK(task.cannot_read(view + 0x4000));
    for (Word n = 0; n < 16; ++n) CHECK(task.can_read(view + 0x10000 + n * page_size, mark(32 + n)));
    CHECK(task.cannot_write(view + 0x10000));
}

/// A large page where the destination is not aligned for it comes in small ones.
void large_page_at_a_small_address()
{
    REQUIRE(arena::reset_large());
    Task task;
    REQUIRE(task.create());
    REQUIRE(task.set_window(Fpage::memory(view + 0x40000, 18, Rights::none)));
    REQUIRE(task.map(large_fpage(0), 0x40000));
    for (Word n = 0; n < 64; n += 9) CHECK(task.can_read(view + 0x40000 + n * page_size, mark(64 + n)));
}

void two_large_pages()
{
    REQUIRE(arena::reset_large(2));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(arena::whole(), view));
    for (Word n = 0; n < 1024; n += 93) CHECK(task.can_read(view + n * page_size, mark(n)));
}

void large_over_small()
{
    REQUIRE(arena::reset_large(2));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(fpage(512 + 3), view + 3 * page_size));
    CHECK(task.can_read(view + 3 * page_size, mark(512 + 3)));
    REQUIRE(task.map(large_fpage(0), view));
    CHECK(task.can_read(view + 3 * page_size, mark(3)));
    CHECK(task.can_read(view + 4 * page_size, mark(4)));
}

/// A small page where a large one is: it may replace the large one or be skipped (R), but all that is readable is right.
void small_over_large()
{
    REQUIRE(arena::reset_large(2));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(large_fpage(0), view));
    REQUIRE(task.map(fpage(512 + 3), view + 3 * page_size));
    Outcome const replaced = task.read(view + 3 * page_size);
    CHECK(replaced.is(mark(512 + 3)) || replaced.is(mark(3)));
    Outcome const neighbour = task.read(view + 4 * page_size);
    CHECK(neighbour.is(mark(4)) || neighbour.kind == Outcome::Kind::page_fault);
}

void small_pages_of_a_large_one_on()
{
    REQUIRE(arena::reset_large());
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(large_fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[1], map_item(view_page(100), view)).is(2));
    CHECK(tasks[1].can_read(view, mark(100)));
    REQUIRE(tasks[0].forward(tasks[1], map_item(Fpage::memory(view, 21, Rights::r), view + large_page_size)).is(2));
    CHECK(tasks[1].can_read(view + large_page_size + 7 * page_size, mark(7)));
    l4::unmap(large_fpage(0), false);
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[1].cannot_read(view));
    CHECK(tasks[1].cannot_read(view + large_page_size));
}

// ---- Grant ----

void grant()
{
    REQUIRE(arena::reset_small(1));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[1], grant_item(view_page(0), view + 0x5000)).is(2));
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[1].can_read(view + 0x5000, mark(0)));
    // It is our child now, not the granter's.
    tasks[0].end();
    CHECK(tasks[1].can_read(view + 0x5000, mark(0)));
    l4::unmap(fpage(0), false);
    CHECK(tasks[1].cannot_read(view + 0x5000));
}

void grant_with_fewer_rights()
{
    REQUIRE(arena::reset_small(1));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[1], grant_item(view_page(0, Rights::r), view)).is(2));
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[1].can_read(view, mark(0)));
    CHECK(tasks[1].cannot_write(view));
}

void grant_of_a_large_page()
{
    REQUIRE(arena::reset_large());
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(large_fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[1], grant_item(Fpage::memory(view, 21, Rights::rwx), view)).is(2));
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[0].cannot_read(view + large_page_size - 8));
    CHECK(tasks[1].can_read(view, mark(0)));
    CHECK(tasks[1].can_read(view + 511 * page_size, mark(511)));
}

/// What had been mapped on from the granted page stays with it or is flushed; it does not stay without it.
void grant_of_a_page_with_children()
{
    REQUIRE(arena::reset_small(1));
    Task tasks[3];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view));
    REQUIRE(tasks[0].forward(tasks[2], map_item(view_page(0), view)).is(2));
    REQUIRE(tasks[0].forward(tasks[1], grant_item(view_page(0), view)).is(2));
    CHECK(tasks[0].cannot_read(view));
    CHECK(tasks[1].can_read(view, mark(0)));
    Outcome const child = tasks[2].read(view);
    CHECK(child.is(mark(0)) || child.kind == Outcome::Kind::page_fault);
    REQUIRE(tasks[1].unmap(view_page(0), false).is_done());
    CHECK(tasks[2].cannot_read(view));
    CHECK(tasks[1].can_read(view, mark(0)));
}

/// A flexpage larger than the window: what fits is granted, all of it leaves the sender.
void grant_beyond_the_window()
{
    REQUIRE(arena::reset_small(4));
    Task tasks[2];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(Fpage::memory(page(0), 14, Rights::rwx), view));
    REQUIRE(tasks[1].set_window(Fpage::memory(view, 12, Rights::none)));
    REQUIRE(tasks[0].forward(tasks[1], grant_item(Fpage::memory(view, 14, Rights::rwx), 2 * page_size)).is(2));
    CHECK(tasks[1].can_read(view, mark(2)));
    for (Word n = 0; n < 4; ++n) CHECK(tasks[0].cannot_read(view + n * page_size));
}

// ---- Within a space ----

constinit Word volatile alias_ready = 0;
constinit Word volatile alias_value = 0;

void take_alias(Word)
{
    l4::accept_mappings(Fpage::complete());
    Message message;
    l4::receive(l4::anythread, message);
    alias_value = message.tag().is_error() ? ~Word{0} : word_at(view);
    alias_ready = 1;
}

void alias_in_the_same_space()
{
    REQUIRE(arena::reset_small(1));
    alias_ready = 0;
    Thread helper;
    REQUIRE(helper.start(take_alias));
    Message message{0};
    REQUIRE(l4::send(helper.id(), add(message, {map_item(fpage(0), view)}), soon));
    REQUIRE(wait_for(alias_ready, 1));
    CHECK_EQ(alias_value, mark(0));
    word_at(view + 16) = 0x31415;
    CHECK_EQ(word_at(page(0) + 16), 0x31415);
    // The alias is a child: it goes without the page itself.
    l4::unmap(fpage(0), false);
    CHECK_EQ(word_at(page(0) + 16), 0x31415);
    Fpage const gone = l4::unmap(Fpage::memory(view, 12, Rights::none), true);
    CHECK_EQ(gone.rights(), Rights::none);
}

/// Onto itself: nothing sensible, but nothing breaks.
Word map_onto_itself(Word to, Word, Word, Word)
{
    Message message{0};
    add(message, {map_item(Fpage::memory(view, 12, Rights::rwx), view)});
    return ipc_result(ThreadId::from_raw(to), l4::nilthread, {soon, soon}, message);
}

void onto_itself()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    Stack stack;
    ThreadId const partner = new_id();
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    REQUIRE(task.map(fpage(0), view));
    REQUIRE(task.start_thread(partner, 1, stack, keep_message, Fpage::complete().raw()));
    REQUIRE(task.run(map_onto_itself, partner.raw()).is(0));
    Outcome const after = task.read(view);
    CHECK(after.is(mark(0)) || after.kind == Outcome::Kind::page_fault);
    CHECK(task.map(fpage(0), view));
    CHECK(task.can_read(view, mark(0)));
}

void many_aliases()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(task.create() && task.set_window(Fpage::complete()));
    for (Word n = 0; n < 300; ++n) REQUIRE(task.map(fpage(0), view + n * page_size));
    CHECK(task.can_write(view, 0x8));
    for (Word n = 0; n < 300; n += 37) CHECK(task.can_read(view + n * page_size, 0x8));
    l4::unmap(fpage(0), false);
    for (Word n = 0; n < 300; n += 61) CHECK(task.cannot_read(view + n * page_size));
}

void a_long_chain()
{
    REQUIRE(arena::reset_small(1));
    constexpr unsigned length = 12;
    Task tasks[length];
    REQUIRE(create_all(tasks));
    REQUIRE(tasks[0].map(fpage(0), view));
    for (unsigned n = 1; n < length; ++n) REQUIRE(tasks[n - 1].forward(tasks[n], map_item(view_page(0), view)).is(2));
    CHECK(tasks[length - 1].can_write(view, 0x1234));
    CHECK_EQ(word_at(page(0)), 0x1234);
    l4::unmap(fpage(0), false);
    for (Task& task : tasks) CHECK(task.cannot_read(view));
}

constexpr Case cases[] = {
    {"a page appears in another space", "MapItem", one_page},
    {"rights are those of the flexpage", "MapItem", rights_of_the_fpage},
    {"and at most those of the sender", "MapItem", rights_of_the_sender},
    {"mapping the same page again extends rights and never reduces them", "MapItem", rights_are_extended},
    {"extending rights keeps what was mapped on", "MapItem", extension_keeps_children},
    {"overmapping flushes what was there", "MapItem", overmapping},
    {"overmapping by the same frame from another sender", "MapItem", overmapping_by_the_same_frame},
    {"several items in one message", "MapItem", several_items},
    {"an item behind 61 words", "MapItem", items_behind_words},
    {"the receiver's registers have the item's words", "MapItem", words_of_items_arrive},
    {"hot spot: a small flexpage in a large window", "Mapping, hot spot", small_page_in_a_large_window},
    {"hot spot: a large flexpage in a small window", "Mapping, hot spot", large_page_in_a_small_window},
    {"a flexpage as large as the window", "Mapping, hot spot", same_sizes},
    {"all of a space", "Mapping, hot spot", complete_to_complete},
    {"a base inside the flexpage is aligned down", "Fpage", base_bits_below_the_size},
    {"holes in the source are skipped", "MapItem", holes},
    {"a flexpage of holes is no error", "MapItem", nothing_but_holes},
    {"a nil flexpage is no error", "MapItem", nil_fpage},
    {"a flexpage below 4 KiB maps nothing", "Fpage", too_small},
    {"a flexpage without rights allows neither writing nor execution", "MapItem", without_rights},
    {"nothing is mapped outside the user's addresses", "MapItem", destination_outside_the_user_area},
    {"the receiver's KIP and UTCB areas are skipped", "MapItem", kernel_areas_of_the_receiver},
    {"the sender's KIP and UTCBs cannot be sent", "MapItem", kernel_areas_of_the_sender},
    {"kernel memory cannot be sent", "MapItem", kernel_memory_of_the_sender},
    {"a page of 2 MiB", "MapItem", large_page},
    {"parts of a page of 2 MiB", "MapItem", parts_of_a_large_page},
    {"2 MiB into a smaller window", "Mapping, hot spot", large_page_at_a_small_address},
    {"4 MiB at once", "MapItem", two_large_pages},
    {"2 MiB over a small page", "MapItem", large_over_small},
    {"a small page over 2 MiB", "MapItem", small_over_large},
    {"small pages of a large one are mapped on", "MapItem", small_pages_of_a_large_one_on},
    {"grant moves the page", "GrantItem", grant},
    {"grant with fewer rights", "GrantItem", grant_with_fewer_rights},
    {"grant of 2 MiB", "GrantItem", grant_of_a_large_page},
    {"grant of a page that was mapped on", "GrantItem", grant_of_a_page_with_children},
    {"grant of more than the window takes", "GrantItem", grant_beyond_the_window},
    {"an alias within a space", "MapItem", alias_in_the_same_space},
    {"a page mapped onto itself", "MapItem", onto_itself},
    {"three hundred aliases of one page", "MapItem", many_aliases},
    {"a chain of twelve spaces", "MapItem", a_long_chain},
};

} // namespace

Group const map_cases{"map", cases};

} // namespace test
