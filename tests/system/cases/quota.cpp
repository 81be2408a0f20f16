// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/cases/groups.hpp"
#include "tests/system/harness/arena.hpp"
#include "tests/system/harness/ipc_error.hpp"
#include "tests/system/harness/task.hpp"

#include <l4/kip.hpp>
#include <l4/sigma0.hpp>
#include <l4/vcpu.h>

namespace test {
namespace {

using arena::fpage;
using arena::mark;
using arena::view;
using l4::Rights;

constexpr Word stride = Word{1} << 30; // pages this far apart need two tables each

ThreadId me() { return l4::my_global_id(); }

Word set_quota(ThreadId space, Word frames)
{
    // The areas of a space with an active thread stay as they are.
    bool const done = l4::space_control(
        {.space = space, .control = L4_SPACE_QUOTA, .kip_area = {}, .utcb_area = {}, .quota_frames = frames});
    return done ? 0 : l4::last_error();
}

bool create_with_quota(Task& task, Word frames)
{
    TaskLayout layout;
    layout.quota_frames = frames;
    return task.create(layout) && task.set_window(Fpage::complete());
}

Word inactive_thread(ThreadId id, ThreadId space)
{
    return l4::thread_control({.dest = id, .space = space, .scheduler = me()}) ? 0 : l4::last_error();
}

/// Maps the page far and wide until the receiver's quota is used up; how often that worked.
Word map_until_overflow(Task& task, Word limit)
{
    for (Word n = 0; n < limit; ++n) {
        Outcome const outcome = task.deliver({map_item(fpage(0), view + n * stride)});
        if (outcome.is_done()) continue;
        CHECK(outcome.kind == Outcome::Kind::ipc_error);
        CHECK_EQ(outcome.error, send_error(L4_IPC_OVERFLOW));
        return n;
    }
    return limit;
}

/// A space that can do everything, beside the one that has no memory left.
void check_nothing_else_suffers()
{
    Task other;
    REQUIRE(other.create() && other.set_window(Fpage::complete()));
    REQUIRE(other.map(fpage(0), view));
    CHECK(other.can_read(view, mark(0)));
    CHECK_EQ(inactive_thread(new_id(), other.anchor()), 0);
}

void mappings()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(create_with_quota(task, 600));
    Word const mapped = map_until_overflow(task, 2000);
    NOTE("{} pages with two tables each in 600 frames", mapped);
    CHECK(mapped > 100 && mapped < 400);
    check_nothing_else_suffers();
    // What it has works on, and what it gives back it can have again.
    CHECK(task.can_read(view + (mapped - 1) * stride, mark(0)));
    CHECK(task.can_write(view, mark(0)));
    l4::unmap(fpage(0), false);
    CHECK(task.cannot_read(view));
    CHECK(task.map(fpage(0), view));
    CHECK(task.can_read(view, mark(0)));
}

void mapping_nodes()
{
    // Many pages in few tables: the nodes of the mapping database are charged as well.
    REQUIRE(arena::reset_small(512));
    Task task;
    REQUIRE(create_with_quota(task, 400));
    Word blocks = 0;
    while (blocks < 500 &&
           task.deliver({map_item(Fpage::memory(arena::page(0), 21, Rights::rwx), view + blocks * l4::large_page_size)})
               .is_done())
        ++blocks;
    NOTE("{} blocks of 512 pages in 400 frames", blocks);
    CHECK(blocks > 10 && blocks < 400);
    check_nothing_else_suffers();
    CHECK(task.can_read(view + 5 * l4::page_size, mark(5)));
    l4::unmap(Fpage::memory(arena::page(0), 21, Rights::rwx), false);
    CHECK(task.map(fpage(1), view));
    CHECK(task.can_read(view, mark(1)));
}

void threads()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(create_with_quota(task, 100));
    ThreadId ids[200];
    Word made = 0, code = 0;
    for (; made < 200 && code == 0; ++made) {
        ids[made] = new_id();
        code = inactive_thread(ids[made], task.anchor());
    }
    CHECK_EQ(code, L4_ERROR_NO_MEMORY);
    NOTE("{} threads in 100 frames", made - 1);
    CHECK(made > 20 && made < 120);
    // The last one does not exist, not even in part.
    CHECK_EQ(receive_result(ids[made - 1], at_once), receive_error(L4_IPC_NO_PARTNER));
    check_nothing_else_suffers();
    delete_thread(ids[0]);
    CHECK_EQ(inactive_thread(ids[0], task.anchor()), 0);
    CHECK_EQ(inactive_thread(new_id(), task.anchor()), L4_ERROR_NO_MEMORY);
}

void activation()
{
    // A thread that can be created but not activated: there is no frame for its UTCB.
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(create_with_quota(task, 100));
    ThreadId const thread = new_id();
    REQUIRE_EQ(inactive_thread(thread, task.anchor()), 0);
    (void)map_until_overflow(task, 1000);
    while (inactive_thread(new_id(), task.anchor()) == 0) {}
    auto const activate = [&](Word slot) {
        return l4::thread_control(
                   {.dest = thread, .space = task.anchor(), .pager = me(), .utcb_location = task.location(slot)})
                   ? 0
                   : l4::last_error();
    };
    CHECK_EQ(activate(40), L4_ERROR_NO_MEMORY);
    CHECK_EQ(l4::schedule({.dest = thread}), 2); // still inactive
    REQUIRE_EQ(set_quota(task.anchor(), 200), 0);
    CHECK_EQ(activate(40), 0);
}

void new_space()
{
    // Whoever may create spaces gets error 8 or success, and nothing in between.
    REQUIRE(arena::reset_small(1));
    for (Word frames = 1; frames < 40; ++frames) {
        ThreadId const anchor = new_id();
        REQUIRE_EQ(inactive_thread(anchor, anchor), 0);
        Word code = l4::space_control({.space = anchor,
                                       .control = L4_SPACE_QUOTA,
                                       .kip_area = Fpage::memory(0xbff00000, 12, Rights::none),
                                       .utcb_area = Fpage::memory(0xbf000000, 16, Rights::none),
                                       .quota_frames = frames})
                        ? 0
                        : l4::last_error();
        CHECK(code == 0 || code == L4_ERROR_NO_MEMORY);
        if (code == 0) {
            ThreadId const thread = new_id();
            code = l4::thread_control(
                       {.dest = thread, .space = anchor, .scheduler = me(), .pager = me(), .utcb_location = 0xbf000000})
                       ? 0
                       : l4::last_error();
            CHECK(code == 0 || code == L4_ERROR_NO_MEMORY);
            delete_thread(thread);
        }
        delete_thread(anchor);
    }
    check_nothing_else_suffers();
}

void more_and_less()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(create_with_quota(task, 200));
    Word const first = map_until_overflow(task, 1000);
    REQUIRE_EQ(set_quota(task.anchor(), 400), 0);
    CHECK(task.map(fpage(0), view + first * stride));
    // Below what is in use: only further growth stops.
    REQUIRE_EQ(set_quota(task.anchor(), 10), 0);
    CHECK(!task.map(fpage(0), view + (first + 1) * stride));
    CHECK(task.can_read(view, mark(0)) && task.can_read(view + first * stride, mark(0)));
    REQUIRE_EQ(set_quota(task.anchor(), 400), 0);
    CHECK(task.map(fpage(0), view + (first + 1) * stride));
}

Word quota_as_task(Word space, Word, Word, Word) { return set_quota(ThreadId::from_raw(space), 100'000); }

void no_privilege()
{
    Task task;
    REQUIRE(task.create());
    CHECK(task.run(quota_as_task, task.anchor().raw()).is(L4_ERROR_NO_PRIVILEGE));
}

/// A page fault whose answer does not fit: the pager gets the overflow, the thread faults again, the machine runs on.
void answer_to_a_fault()
{
    REQUIRE(arena::reset_small(1));
    Task task;
    REQUIRE(create_with_quota(task, 100));
    Word const mapped = map_until_overflow(task, 1000);
    Word const address = view + (mapped + 1) * stride;
    REQUIRE(task.begin(do_read, address).is_fault(address, Rights::r));
    Message reply{0};
    add(reply, {map_item(fpage(0), address)});
    CHECK_EQ(ipc_result(task.agent(), l4::nilthread, {soon, soon}, reply), send_error(L4_IPC_OVERFLOW));
    REQUIRE_EQ(set_quota(task.anchor(), 300), 0);
    Message fault;
    if (!l4::receive(task.agent(), fault, soon).is_nil()) {
        CHECK_EQ(fault.mr(1), address);
        Message again{0};
        CHECK(task.answer(add(again, {map_item(fpage(0), address)})).is(mark(0)));
    } else {
        CHECK(!"the fault is not raised again");
    }
}

// ---- Nothing is lost ----

/// Inactive threads far above the numbers of other cases, deleted whatever happens.
class Crowd {
public:
    Crowd() = default;
    ~Crowd()
    {
        for (Word n = 0; n < size_; ++n) delete_thread(id(n));
    }
    Crowd(Crowd const&) = delete;
    Crowd& operator=(Crowd const&) = delete;

    /// 0, or the error that stopped it.
    Word grow(Word limit)
    {
        while (size_ < limit) {
            if (Word const code = inactive_thread(id(size_), me())) return code;
            ++size_;
        }
        return 0;
    }
    void shrink(Word count)
    {
        for (Word n = 0; n < count; ++n) delete_thread(id(--size_));
    }
    Word size() const { return size_; }

private:
    static ThreadId id(Word n) { return ThreadId::global(0x10000 + n, 1); }
    Word size_ = 0;
};

/// Kernel memory that is left, in frames: as many inactive threads as there can be. Tables for their numbers stay, so
/// the first count is not the one to compare with.
Word free_frames()
{
    Crowd crowd;
    CHECK_EQ(crowd.grow(100'000), L4_ERROR_NO_MEMORY);
    return crowd.size();
}

/// What pools keep for later.
constexpr Word tolerance = 4;

/// Nothing may be missing after many rounds of something.
class Balance {
public:
    Balance()
    {
        (void)free_frames();
        before_ = free_frames();
    }
    void check(Word rounds) const
    {
        Word const after = free_frames();
        NOTE("{} frames before {} rounds, {} after", before_, rounds, after);
        CHECK(after + tolerance >= before_);
    }

private:
    Word before_ = 0;
};

void rounds_of_spaces()
{
    REQUIRE(arena::reset_small(1));
    Balance const balance;
    constexpr Word rounds = 50, pages = 100; // with two tables each
    for (Word round = 0; round < rounds; ++round) {
        Task task;
        REQUIRE(create_with_quota(task, 1000));
        for (Word n = 0; n < pages; n += 20) {
            Message message{0x72};
            for (Word k = 0; k < 20; ++k) add(message, {map_item(fpage(0), view + (n + k) * stride)});
            REQUIRE(exchange(task.agent(), message).is_done());
        }
    }
    balance.check(rounds);
}

void rounds_of_threads()
{
    Balance const balance;
    constexpr Word rounds = 2000;
    UtcbSlot const slot;
    ThreadId id = new_id();
    Word const start = l4::system_clock();
    for (Word round = 0; round < rounds; ++round) {
        id = next_version(id);
        REQUIRE(l4::thread_control(
            {.dest = id, .space = me(), .scheduler = me(), .pager = me(), .utcb_location = slot.location()}));
        delete_thread(id);
    }
    NOTE("creation and deletion of a thread: {} ns", (l4::system_clock() - start) * 1000 / rounds);
    balance.check(rounds);
}

void rounds_of_faults()
{
    // Tasks that end in the middle of something: a fault, an exception, an IPC, a page that was granted on.
    REQUIRE(arena::reset_small(4));
    Balance const balance;
    constexpr Word rounds = 50;
    for (Word round = 0; round < rounds; ++round) {
        Task task, other;
        REQUIRE(task.create() && task.set_window(Fpage::complete()));
        REQUIRE(other.create() && other.set_window(Fpage::complete()));
        REQUIRE(task.map(fpage(round % 4), view));
        Item const item = grant_item(Fpage::memory(view, 12, Rights::rwx), view);
        REQUIRE(task.forward(other, item).is(2));
        CHECK(task.begin(do_read, view).is_fault(view, Rights::r));
        CHECK(other.begin(do_execute, 0x10).is_fault(0x10, Rights::x));
    }
    balance.check(rounds);
}

void rounds_of_mappings()
{
    REQUIRE(arena::reset_small(512));
    Balance const balance;
    constexpr Word rounds = 8, blocks = 16;
    {
        Task task;
        REQUIRE(create_with_quota(task, 4000));
        for (Word round = 0; round < rounds; ++round) {
            for (Word n = 0; n < blocks; ++n)
                REQUIRE(task.map(Fpage::memory(arena::page(0), 21, Rights::rwx), view + n * l4::large_page_size));
            l4::unmap(Fpage::memory(arena::page(0), 21, Rights::rwx), false);
        }
    }
    balance.check(rounds * blocks * 512);
}

void rounds_of_grants()
{
    REQUIRE(arena::reset_small(1));
    Balance const balance;
    constexpr Word rounds = 2000;
    {
        Task tasks[2];
        for (Task& task : tasks) REQUIRE(create_with_quota(task, 60));
        REQUIRE(tasks[0].map(fpage(0), view));
        Item const item = grant_item(Fpage::memory(view, 12, Rights::rwx), view);
        for (unsigned round = 0; round < rounds; ++round)
            REQUIRE(tasks[round % 2].forward(tasks[1 - round % 2], item).is(2));
        CHECK(tasks[0].can_read(view, mark(0)));
    }
    balance.check(rounds);
}

void rounds_of_ports()
{
    constexpr Word port = 0x2e0, rounds = 2000;
    REQUIRE(l4::sigma0::request_ports(port, 3));
    Balance const balance;
    {
        Task tasks[2];
        for (Task& task : tasks) REQUIRE(create_with_quota(task, 60));
        for (unsigned round = 0; round < rounds; ++round) {
            REQUIRE(tasks[0].map(Fpage::ports(port, 3), 0));
            REQUIRE(tasks[0].forward(tasks[1], map_item(Fpage::ports(port, 3))).is(2));
            l4::unmap(Fpage::ports(port, 3), false);
        }
        REQUIRE(tasks[0].map(Fpage::ports(port, 3), 0));
    }
    balance.check(rounds);
}

void rounds_of_failures()
{
    // Error paths: a space without room for one thread more, asked again and again.
    REQUIRE(arena::reset_small(1));
    Balance const balance;
    constexpr Word rounds = 2000;
    {
        Task task;
        REQUIRE(create_with_quota(task, 60));
        (void)map_until_overflow(task, 1000);
        while (inactive_thread(new_id(), task.anchor()) == 0) {}
        ThreadId const one_too_many = new_id();
        for (unsigned round = 0; round < rounds; ++round) {
            REQUIRE_EQ(inactive_thread(one_too_many, task.anchor()), L4_ERROR_NO_MEMORY);
            REQUIRE(!task.deliver({map_item(fpage(0), view + 10'000 * stride)}).is_done());
        }
        REQUIRE_EQ(set_quota(task.anchor(), 70), 0);
        CHECK(task.map(fpage(0), view + 1000 * stride));
        delete_case_threads();
    }
    balance.check(rounds);
    check_nothing_else_suffers();
}

constinit Word frames_at_start = 0;

void all_there_is()
{
    REQUIRE(arena::reset_small(0));
    (void)free_frames();
    frames_at_start = free_frames();
    NOTE("{} frames", frames_at_start);
}

/// All cases between, whatever has become of them.
void all_is_there()
{
    REQUIRE(frames_at_start != 0);
    REQUIRE(arena::reset_small(0));
    Word const now = free_frames();
    NOTE("{} frames at the start, {} now", frames_at_start, now);
    // Tables for what the cases have got from sigma0, on its side and on ours, and for the highest thread number.
    constexpr Word tables = 32;
    CHECK(now + tables >= frames_at_start);
}

/// With a quota larger than the kernel's memory: when that is all used, calls fail, nothing else does.
void all_of_it()
{
    REQUIRE(arena::reset_small(2));
    Task bystander;
    REQUIRE(create_with_quota(bystander, 500));
    REQUIRE(bystander.map(fpage(0), view));
    constexpr Word more_than_there_is = 1 << 20, root_servers = 16'384;
    REQUIRE_EQ(set_quota(me(), more_than_there_is), 0);
    {
        Crowd crowd;
        Word const code = crowd.grow(60'000);
        NOTE("{} threads were all that the kernel had memory for", crowd.size());
        CHECK_EQ(code, L4_ERROR_NO_MEMORY);
        ThreadId const space = new_id();
        CHECK_EQ(inactive_thread(space, space), L4_ERROR_NO_MEMORY);
        Outcome const mapping = bystander.deliver({map_item(fpage(1), view + 500 * stride)});
        CHECK(!mapping.is_done());
        CHECK_EQ(mapping.error, send_error(L4_IPC_OVERFLOW));
        CHECK(bystander.can_read(view, mark(0)));
        l4::sleep(l4::Time::milliseconds(2));
        crowd.shrink(crowd.size() / 2);
        CHECK(bystander.map(fpage(1), view + 500 * stride));
    }
    CHECK_EQ(set_quota(me(), root_servers), 0);
    check_nothing_else_suffers();
}

constexpr Case cases[] = {
    {"mappings: message overflow when the receiver's quota is used up", "Quota", mappings},
    {"nodes of the mapping database are charged", "Quota", mapping_nodes},
    {"threads: error 8", "Quota", threads},
    {"activation: error 8, and the thread stays inactive", "Quota", activation},
    {"a new space with any small quota", "Quota", new_space},
    {"a quota can be raised, and lowered below what is in use", "Quota", more_and_less},
    {"error 1 for a caller without privilege", "Quota", no_privilege},
    {"an answer to a page fault that does not fit", "Quota", answer_to_a_fault},
    {"nothing is lost over rounds of spaces", "Quota", rounds_of_spaces, 20},
    {"nothing is lost over rounds of threads", "Quota", rounds_of_threads, 20},
    {"nothing is lost over rounds of unfinished faults and grants", "Quota", rounds_of_faults, 20},
    {"nothing is lost over rounds of mappings", "Quota", rounds_of_mappings, 20},
    {"nothing is lost over rounds of grants", "Quota", rounds_of_grants, 20},
    {"nothing is lost over rounds of ports", "Quota", rounds_of_ports, 20},
    {"nothing is lost over rounds of failures", "Quota", rounds_of_failures, 20},
    {"when the kernel has no memory at all, calls fail and all else runs", "Quota", all_of_it, 60},
    {"nothing was lost in any case", "Quota", all_is_there, 20},
};

constexpr Case first_cases[] = {
    {"all the kernel's memory can be used for threads", "Quota", all_there_is, 20},
};

} // namespace

Group const memory_cases{"memory", first_cases};
Group const quota_cases{"quota", cases};

} // namespace test
