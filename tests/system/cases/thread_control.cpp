// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/machine.hpp>
#include <l4/sigma0.hpp>
#include <l4/utcb.hpp>

namespace test {
namespace {

using l4::ThreadControlIn;
using l4::Time;

/// 0, or the ErrorCode.
Word result_of(ThreadControlIn const& in) { return l4::thread_control(in) ? 0 : l4::last_error(); }

ThreadId me() { return l4::my_global_id(); }

/// Asked without a message, which might start it.
bool exists(ThreadId id) { return receive_result(id, at_once) != receive_error(L4_IPC_NO_PARTNER); }

void sleep_for_ever(Word) {}

// ---- Errors ----

Word create_as_task(Word dest, Word, Word, Word)
{
    ThreadId const id = ThreadId::from_raw(dest);
    return l4::thread_control({.dest = id, .space = id, .scheduler = l4::my_global_id()}) ? 0 : l4::last_error();
}

Word delete_as_task(Word dest, Word, Word, Word)
{
    return l4::thread_control({.dest = ThreadId::from_raw(dest), .space = l4::nilthread}) ? 0 : l4::last_error();
}

void no_privilege()
{
    Task task;
    Thread victim;
    REQUIRE(task.create() && victim.start(sleep_for_ever));
    ThreadId const id = new_id();
    CHECK(task.run(create_as_task, id.raw()).is(L4_ERROR_NO_PRIVILEGE));
    CHECK(!exists(id));
    CHECK(task.run(delete_as_task, victim.id().raw()).is(L4_ERROR_NO_PRIVILEGE));
    CHECK(task.run(delete_as_task, controller().raw()).is(L4_ERROR_NO_PRIVILEGE));
    CHECK(exists(victim.id()));
}

void unavailable_numbers()
{
    Word const system_base = L4_KIP_SYSTEM_BASE(&l4::kip());
    Word const bits = l4::kip().thread_info & 0xff;
    ThreadId const kernel_thread = ThreadId::global(system_base, 1);
    CHECK_EQ(result_of({.dest = kernel_thread, .space = kernel_thread, .scheduler = me()}), L4_ERROR_INVALID_THREAD);
    ThreadId const last_kernel_thread = ThreadId::global(L4_KIP_USER_BASE(&l4::kip()) - 1, 1);
    CHECK_EQ(result_of({.dest = last_kernel_thread, .space = me(), .scheduler = me()}), L4_ERROR_INVALID_THREAD);
    CHECK_EQ(result_of({.dest = kernel_thread, .space = l4::nilthread}), L4_ERROR_INVALID_THREAD);
    if (bits < 32) {
        ThreadId const beyond = ThreadId::global(Word{1} << bits, 1);
        CHECK_EQ(result_of({.dest = beyond, .space = beyond, .scheduler = me()}), L4_ERROR_INVALID_THREAD);
    }
}

void the_last_number()
{
    Word const bits = l4::kip().thread_info & 0xff;
    ThreadId const last = ThreadId::global((Word{1} << bits) - 1, 1);
    CHECK_EQ(result_of({.dest = last, .space = me(), .scheduler = me()}), 0);
    CHECK(exists(last));
    delete_thread(last);
    CHECK(!exists(last));
}

void dest_is_not_global()
{
    // A version whose low six bits are 0 would be a local name. M: no valid thread; R: error 3.
    Word const number = new_id().number();
    for (ThreadId const id : {ThreadId::global(number, 0x40), l4::nilthread, l4::anythread}) {
        Word const code = result_of({.dest = id, .space = me(), .scheduler = me()});
        CHECK(code == L4_ERROR_INVALID_THREAD || code == L4_ERROR_INVALID_SPACE);
    }
}

void oneself() { CHECK_EQ(result_of({.dest = me(), .space = l4::nilthread}), L4_ERROR_INVALID_THREAD); }

void deletion_of_nobody() { CHECK_EQ(result_of({.dest = new_id(), .space = l4::nilthread}), 0); }

void invalid_space()
{
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = new_id(), .scheduler = me()}), L4_ERROR_INVALID_SPACE);
    CHECK(!exists(id));
    // Right number, wrong version.
    CHECK_EQ(result_of({.dest = id, .space = next_version(me()), .scheduler = me()}), L4_ERROR_INVALID_SPACE);
    CHECK(!exists(id));
}

void activation_without_areas()
{
    ThreadId const id = new_id();
    REQUIRE_EQ(result_of({.dest = id, .space = id, .scheduler = me()}), 0);
    // M: error 3; R: 6.
    Word const code = result_of({.dest = id, .space = id, .pager = me(), .utcb_location = 0xbf000000});
    CHECK(code == L4_ERROR_INVALID_SPACE || code == L4_ERROR_UTCB_AREA);
    // A new space can have only an inactive thread.
    ThreadId const other = new_id();
    CHECK(result_of({.dest = other, .space = other, .scheduler = me(), .pager = me(), .utcb_location = 0xbf000000}) ==
          L4_ERROR_INVALID_SPACE);
    CHECK(!exists(other));
    CHECK_EQ(result_of({.dest = other, .space = id, .scheduler = me(), .pager = me(), .utcb_location = 0xbf000000}),
             L4_ERROR_INVALID_SPACE);
    CHECK(!exists(other));
}

/// Also without an activation, where the space knows what it accepts.
void location_of_an_inactive_thread()
{
    Task task;
    REQUIRE(task.create());
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = task.anchor(), .scheduler = me(), .utcb_location = 0x1000}),
             L4_ERROR_UTCB_AREA);
    CHECK(!exists(id));
    REQUIRE_EQ(result_of({.dest = id, .space = task.anchor(), .scheduler = me(), .utcb_location = task.location(3)}),
               0);
    // A call that fails changes nothing: the thread stays in its space, with the location that it had.
    CHECK_EQ(result_of({.dest = id, .space = me(), .pager = me(), .utcb_location = 0x1000}), L4_ERROR_UTCB_AREA);
    CHECK_EQ(result_of({.dest = id, .space = id, .utcb_location = 0x1000}), L4_ERROR_UTCB_AREA);
    REQUIRE_EQ(result_of({.dest = id, .space = id, .pager = me()}), 0);
    CHECK_EQ(l4::exchange_registers({.dest = id}).dest, l4::nilthread);
}

void no_scheduler()
{
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = id}), L4_ERROR_INVALID_SCHEDULER);
    CHECK(!exists(id));
}

void nonexistent_scheduler()
{
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = me(), .scheduler = new_id()}), L4_ERROR_INVALID_SCHEDULER);
    CHECK(!exists(id));
}

void its_own_scheduler()
{
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = me(), .scheduler = id}), 0);
}

void bad_locations()
{
    Task task;
    REQUIRE(task.create());
    Word const area = task.layout().utcb_area.base();
    Word const end = area + (Word{1} << task.layout().utcb_area.log2size());
    Word const locations[] = {
        area - L4_UTCB_SIZE,           end, end - 512,          area + 8,       area + 0x200,
        task.layout().kip_area.base(), 0,   0xffff808000000000, 0x800000000000, ~Word{0x3ff},
    };
    ThreadId const id = new_id();
    for (Word const location : locations) {
        CHECK_EQ(result_of(
                     {.dest = id, .space = task.anchor(), .scheduler = me(), .pager = me(), .utcb_location = location}),
                 L4_ERROR_UTCB_AREA);
        CHECK(!exists(id));
    }
    // The last one inside is fine.
    CHECK_EQ(result_of({.dest = id,
                        .space = task.anchor(),
                        .scheduler = me(),
                        .pager = me(),
                        .utcb_location = end - L4_UTCB_SIZE}),
             0);
}

void location_in_use()
{
    Thread thread;
    REQUIRE(thread.start(sleep_for_ever));
    ThreadId const id = new_id();
    CHECK_EQ(
        result_of({.dest = id, .space = me(), .scheduler = me(), .pager = me(), .utcb_location = thread.location()}),
        L4_ERROR_UTCB_AREA);
    CHECK(!exists(id));
    CHECK_EQ(thread.utcb().my_global_id, thread.id());
}

void no_location()
{
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = me(), .scheduler = me(), .pager = me()}), L4_ERROR_UTCB_AREA);
    CHECK(!exists(id));
}

void location_of_an_active_thread()
{
    Thread thread;
    REQUIRE(thread.start(sleep_for_ever));
    UtcbSlot other;
    CHECK_EQ(result_of({.dest = thread.id(), .space = me(), .utcb_location = other.location()}), L4_ERROR_UTCB_AREA);
    CHECK(exists(thread.id()));
}

// ---- Modification ----

constinit Word volatile message_seen = 0;
constinit Word volatile failure_seen = 0;

void count_messages(Word)
{
    for (;;) {
        Message message;
        if (l4::receive(l4::anythread, message).is_nil())
            failure_seen = l4::last_error();
        else
            message_seen = message_seen + 1;
    }
}

void new_version()
{
    Thread thread;
    message_seen = 0;
    REQUIRE(thread.start(count_messages));
    settle();
    ThreadId const old = thread.id();
    ThreadId const renamed = next_version(old);
    REQUIRE_EQ(result_of({.dest = renamed, .space = renamed}), 0);
    thread.set_id(renamed);
    CHECK_EQ(send_result(old, soon), send_error(L4_IPC_NO_PARTNER));
    CHECK_EQ(receive_result(old, soon), receive_error(L4_IPC_NO_PARTNER));
    settle();
    CHECK_EQ(send_result(renamed, soon), 0);
    REQUIRE(wait_for(message_seen, 1));
    CHECK_EQ(thread.utcb().my_global_id, renamed);
    CHECK_EQ(l4::exchange_registers({.dest = renamed}).dest, thread.local_id());
}

void new_version_aborts_ipc()
{
    Thread thread;
    failure_seen = 0;
    REQUIRE(thread.start(count_messages));
    settle();
    ThreadId const renamed = next_version(thread.id());
    REQUIRE_EQ(result_of({.dest = renamed, .space = thread.id()}), 0);
    thread.set_id(renamed);
    settle();
    // Cancelled or aborted, in the receive phase.
    CHECK(failure_seen == receive_error(L4_IPC_CANCELLED) || failure_seen == receive_error(L4_IPC_ABORTED));
}

void new_pager()
{
    Thread thread;
    REQUIRE(thread.start(sleep_for_ever));
    settle();
    REQUIRE_EQ(result_of({.dest = thread.id(), .space = thread.id(), .pager = me()}), 0);
    CHECK_EQ(thread.utcb().pager, me());
}

void new_scheduler()
{
    Task task;
    Thread thread;
    REQUIRE(task.create() && thread.start(sleep_for_ever));
    auto const schedule = [](Word dest, Word, Word, Word) -> Word {
        return l4::schedule({.dest = ThreadId::from_raw(dest), .priority = 100});
    };
    CHECK(task.run(schedule, thread.id().raw()).is(0));
    REQUIRE_EQ(result_of({.dest = thread.id(), .space = me(), .scheduler = task.agent()}), 0);
    Outcome const outcome = task.run(schedule, thread.id().raw());
    CHECK(outcome.is_done() && outcome.value != 0);
}

void nothing_changes()
{
    Thread thread;
    message_seen = 0;
    REQUIRE(thread.start(count_messages));
    REQUIRE_EQ(result_of({.dest = thread.id(), .space = me()}), 0);
    settle();
    CHECK_EQ(send_result(thread.id(), soon), 0);
    REQUIRE(wait_for(message_seen, 1));
}

// ---- Migration ----

Word echo_utcb_word(Word, Word, Word, Word) { return l4::my_utcb().thread_word0; }

Word set_utcb_word(Word value, Word, Word, Word)
{
    l4::my_utcb().thread_word0 = value;
    return word(&l4::my_utcb());
}

/// The agent of one task, moved to another space, sees that space's memory.
void migration()
{
    REQUIRE(arena::reset_small(2));
    Task from, to;
    REQUIRE(from.create() && to.create_space());
    REQUIRE(from.set_window(Fpage::complete()));
    REQUIRE(from.map(arena::fpage(0), arena::view));
    CHECK(from.can_read(arena::view, arena::mark(0)));
    CHECK(from.run(set_utcb_word, 0x4711).is(from.location(0)));

    REQUIRE_EQ(result_of({.dest = from.agent(), .space = to.anchor()}), 0);
    // Its IPC ended; it looks for the image, which is not there yet. The UTCB went along, to the same address.
    answer_image_faults(from.agent());
    CHECK(from.run(echo_utcb_word).is(0x4711));
    Outcome const there = from.begin(do_read, arena::view);
    CHECK(there.is_fault(arena::view, l4::Rights::r));
    Message reply{0};
    CHECK(from.answer(add(reply, {map_item(arena::fpage(1), arena::view)})).is(arena::mark(1)));
}

void migration_to_a_taken_location()
{
    Task from, to;
    REQUIRE(from.create() && to.create());
    CHECK_EQ(result_of({.dest = from.agent(), .space = to.anchor()}), L4_ERROR_UTCB_AREA);
    CHECK(from.can_read(from.layout().kip_area.base(), L4_KIP_MAGIC));
    CHECK(to.can_read(to.layout().kip_area.base(), L4_KIP_MAGIC));
}

void migration_outside_the_area()
{
    Task from, to;
    TaskLayout layout;
    layout.utcb_area = Fpage::memory(0xbe000000, 16, l4::Rights::none);
    REQUIRE(from.create() && to.create_space(layout));
    CHECK_EQ(result_of({.dest = from.agent(), .space = to.anchor()}), L4_ERROR_UTCB_AREA);
    CHECK(from.can_read(from.layout().kip_area.base(), L4_KIP_MAGIC));
}

void migration_of_an_inactive_thread()
{
    Task to;
    REQUIRE(to.create());
    ThreadId const id = new_id();
    REQUIRE_EQ(result_of({.dest = id, .space = me(), .scheduler = me()}), 0);
    REQUIRE_EQ(result_of({.dest = id, .space = to.anchor()}), 0);
    REQUIRE_EQ(result_of({.dest = id, .space = to.anchor(), .pager = me(), .utcb_location = to.location(5)}), 0);
    CHECK(exists(id));
}

constinit Word volatile migrated = 0;

/// A thread of this space, and so privileged, that goes elsewhere.
void migrate_oneself(Word anchor)
{
    l4::my_utcb().pager = runner().raw();
    ThreadId const self = l4::my_global_id();
    Word const code = result_of({.dest = self, .space = ThreadId::from_raw(anchor)});
    migrated = code == 0 ? 1 : code;
    // Where it is now it has no privilege.
    migrated = result_of({.dest = self, .space = self}) == L4_ERROR_NO_PRIVILEGE ? 2 : 3;
}

void migration_of_oneself()
{
    migrated = 0;
    Task task;
    Thread thread;
    REQUIRE(task.create_space());
    REQUIRE(thread.start(migrate_oneself, task.anchor().raw()));
    // Its faults in the image, of which the new space has nothing.
    answer_image_faults(thread.id());
    CHECK_EQ(migrated, 2);
}

constexpr Word port = 0x2e0; // where no device is

/// It touches the port, goes to a space that has none, and touches it again.
void touch_port_and_migrate(Word anchor)
{
    l4::my_utcb().pager = runner().raw();
    ThreadId const self = l4::my_global_id();
    (void)l4::in8(port);
    migrated = result_of({.dest = self, .space = ThreadId::from_raw(anchor)}) + 1;
    (void)l4::in8(port);
    migrated = 9;
}

/// The thread keeps the processor: nobody else is switched to who would have its ports shown anew.
void migration_without_ports()
{
    migrated = 0;
    Task task;
    Thread thread;
    REQUIRE(l4::sigma0::request_ports(port, 3));
    REQUIRE(task.create());
    REQUIRE(thread.start(touch_port_and_migrate, task.anchor().raw()));
    CHECK(wait_for_message(thread.id()).kind == Outcome::Kind::io_fault);
    CHECK_EQ(migrated, 1);
}

/// The last thread leaves, the space dies, with what it has mapped on.
void migration_of_the_last_thread()
{
    REQUIRE(arena::reset_small(1));
    Task first, second, target;
    REQUIRE(first.create() && second.create() && target.create_space());
    REQUIRE(first.set_window(Fpage::complete()) && second.set_window(Fpage::complete()));
    REQUIRE(first.map(arena::fpage(0), arena::view));
    REQUIRE(first.forward(second, map_item(Fpage::memory(arena::view, 12, l4::Rights::rwx), arena::view)).is(2));
    CHECK(second.can_read(arena::view, arena::mark(0)));
    delete_thread(first.anchor());
    REQUIRE_EQ(result_of({.dest = first.agent(), .space = target.anchor()}), 0);
    CHECK(second.cannot_read(arena::view));
}

// ---- Deletion ----

void deleted_thread_is_gone()
{
    Thread thread;
    REQUIRE(thread.start(sleep_for_ever));
    ThreadId const id = thread.id();
    CHECK(exists(id));
    REQUIRE_EQ(result_of({.dest = id, .space = l4::nilthread}), 0);
    CHECK(!exists(id));
    CHECK_EQ(l4::exchange_registers({.dest = id}).dest, l4::nilthread);
    CHECK_EQ(l4::schedule({.dest = id}), 0);
    CHECK_EQ(send_result(thread.local_id(), at_once), send_error(L4_IPC_NO_PARTNER));
}

void utcb_is_free_again()
{
    UtcbSlot const slot;
    for (unsigned round = 0; round < 10; ++round) {
        ThreadId const id = new_id();
        REQUIRE_EQ(
            result_of({.dest = id, .space = me(), .scheduler = me(), .pager = me(), .utcb_location = slot.location()}),
            0);
        delete_thread(id);
    }
}

constinit Word volatile counter = 0;
void count(Word)
{
    for (;;) counter = counter + 1;
}

void running_thread_stops()
{
    Thread thread;
    counter = 0;
    REQUIRE(thread.start(count));
    l4::sleep(Time::milliseconds(20));
    CHECK(counter > 0);
    thread.end();
    Word const last = counter;
    l4::sleep(Time::milliseconds(20));
    CHECK_EQ(counter, last);
}

void deletion_in_the_middle_of_a_fault()
{
    Task task;
    REQUIRE(task.create());
    for (unsigned round = 0; round < 5; ++round) {
        CHECK(task.begin(do_read, arena::view).is_fault(arena::view, l4::Rights::r));
        REQUIRE(task.restart());
    }
    CHECK(task.can_read(task.layout().kip_area.base(), L4_KIP_MAGIC));
}

void space_lives_with_its_threads()
{
    Task task;
    REQUIRE(task.create());
    // The first thread, by which the space was made, is not special.
    delete_thread(task.anchor());
    CHECK(task.can_read(task.layout().kip_area.base(), L4_KIP_MAGIC));
    ThreadId const id = new_id();
    CHECK_EQ(result_of({.dest = id, .space = task.agent(), .scheduler = me()}), 0);
}

void many_threads()
{
    Task task;
    TaskLayout layout;
    layout.utcb_area = Fpage::memory(0xb8000000, 20, l4::Rights::none);
    layout.quota_frames = 2000;
    REQUIRE(task.create(layout));
    ThreadId ids[200];
    for (Word n = 0; n < 200; ++n) {
        ids[n] = new_id();
        REQUIRE_EQ(result_of({.dest = ids[n],
                              .space = task.anchor(),
                              .scheduler = me(),
                              .pager = me(),
                              .utcb_location = task.location(n * 5 + 1)}),
                   0);
    }
    for (ThreadId const id : ids) CHECK(exists(id));
    for (ThreadId const id : ids) delete_thread(id);
    for (ThreadId const id : ids) CHECK(!exists(id));
}

constexpr Case cases[] = {
    {"error 1 for a caller without privilege", "ThreadControl", no_privilege},
    {"error 2 for numbers of the kernel and beyond the table", "ThreadControl", unavailable_numbers},
    {"the last thread number can be used", "ThreadControl", the_last_number},
    {"error for a destination that is not a global ID", "ThreadControl", dest_is_not_global},
    {"error 2 for deleting oneself", "ThreadControl", oneself},
    {"deletion of a thread that does not exist succeeds", "ThreadControl", deletion_of_nobody},
    {"error 3 for a space that does not exist", "ThreadControl", invalid_space},
    {"error for activation in a space without areas", "ThreadControl", activation_without_areas},
    {"error 6 for a bad location of an inactive thread", "ThreadControl", location_of_an_inactive_thread},
    {"error 4 for creation without scheduler", "ThreadControl", no_scheduler},
    {"error 4 for a scheduler that does not exist", "ThreadControl", nonexistent_scheduler},
    {"a thread may be its own scheduler", "ThreadControl", its_own_scheduler},
    {"error 6 for UTCB locations outside or misaligned", "ThreadControl", bad_locations},
    {"error 6 for a UTCB location in use", "ThreadControl", location_in_use},
    {"error 6 for activation without a UTCB location", "ThreadControl", no_location},
    {"error 6 for a new location of an active thread", "ThreadControl", location_of_an_active_thread},
    {"a new version: the old name fails, the new one works", "ThreadControl", new_version},
    {"a new version ends the IPC in progress", "ThreadControl", new_version_aborts_ipc},
    {"a new pager", "ThreadControl", new_pager},
    {"a new scheduler", "ThreadControl", new_scheduler},
    {"a modification that changes nothing", "ThreadControl", nothing_changes},
    {"migration: the thread sees its new space's memory", "ThreadControl", migration},
    {"migration to a UTCB location in use: error 6", "ThreadControl", migration_to_a_taken_location},
    {"migration to a space with another UTCB area: error 6", "ThreadControl", migration_outside_the_area},
    {"migration of an inactive thread", "ThreadControl", migration_of_an_inactive_thread},
    {"a thread migrates itself, and its privilege is gone", "ThreadControl", migration_of_oneself},
    {"a thread that migrates itself leaves its ports behind", "ThreadControl", migration_without_ports},
    {"a space dies when its last thread leaves", "ThreadControl", migration_of_the_last_thread},
    {"a deleted thread is gone for every call", "ThreadControl", deleted_thread_is_gone},
    {"its UTCB location is free again", "ThreadControl", utcb_is_free_again},
    {"a running thread can be deleted", "ThreadControl", running_thread_stops},
    {"a thread that waits for its pager can be deleted", "ThreadControl", deletion_in_the_middle_of_a_fault},
    {"a space lives as long as any thread of it", "ThreadControl", space_lives_with_its_threads},
    {"two hundred threads in one space", "ThreadControl", many_threads},
};

} // namespace

Group const thread_control_cases{"thread control", cases};

} // namespace test
