// SPDX-License-Identifier: BSD-2-Clause
#include "tests/hostile/attacker.hpp"

#include "tests/system/harness/arena.hpp"

#include <l4/kip.hpp>
#include <l4/start.hpp>
#include <l4/typed.hpp>

namespace hostile {

namespace {

namespace arena = test::arena;
using l4::Fpage;
using l4::Rights;

constexpr Word calls_of_a_round = 50;
constexpr Word attacker_priority = 100;
constexpr unsigned arena_log2 = 18;

constinit Word seeds[test::most_hostile_tasks]{};

void attack(Word number)
{
    test::call_at_random(seeds[number], calls_of_a_round, number, 0);
    (void)l4::send(ThreadId::from_raw(l4::my_utcb().pager), Message{label_round_ends});
}
void sleep(Word) {}

bool is_on(test::Stack const& stack, Word page)
{
    return page < stack.top() && page + 2 * l4::page_size >= stack.top();
}

Word address_of(void const* what) { return reinterpret_cast<Word>(what); }

} // namespace

bool Attacker::start(Word number, Word seed)
{
    number_ = number;
    seeds[number] = seed;
    started_ = l4::system_clock();
    // Numbers of its own, far from those of others; each life has another version.
    Word const first = L4_KIP_USER_BASE(&l4::kip()) + 0x1000 + 3 * number, version = (seed << 1 & 0xffffffff) | 1;
    anchor_ = ThreadId::global(first, version);
    agent_ = ThreadId::global(first + 1, version);
    sleeper_ = ThreadId::global(first + 2, version);
    test::known_ids(number) = {agent_, sleeper_, anchor_, l4::nilthread};
    l4::SpaceLayout const layout = l4::ordinary_layout();
    return l4::thread_control({.dest = anchor_, .space = anchor_, .scheduler = l4::my_global_id()}) &&
           l4::space_control({.space = anchor_, .kip_area = layout.kip_area, .utcb_area = layout.utcb_area}) &&
           start_thread(sleeper_, 1, sleepers_stack_, sleep) && start_thread(agent_, 0, agents_stack_, attack);
}

bool Attacker::start_thread(ThreadId id, Word utcb, test::Stack& stack, test::Entry entry)
{
    ThreadId const me = l4::my_global_id();
    Word const sp = stack.prepare({entry, number_, l4::nilthread, me});
    Word const location = l4::utcb_location(l4::ordinary_layout().utcb_area.base(), utcb);
    return l4::thread_control(
               {.dest = id, .space = anchor_, .scheduler = me, .pager = me, .utcb_location = location}) &&
           l4::set_priority(id, attacker_priority) && l4::start_thread(id, test::test_thread(sp));
}

void Attacker::end()
{
    for (ThreadId const id : {agent_, sleeper_, anchor_}) l4::delete_thread(id);
    anchor_ = agent_ = sleeper_ = l4::nilthread;
}

std::optional<Message> Attacker::answer(Message const& message) const
{
    auto const fault = l4::page_fault_of(message);
    if (!fault) return {};
    Word const page = l4::align_down(fault->address, l4::page_size);
    l4::Range const image{address_of(__image_start), address_of(__image_end)};
    l4::Range const view{arena::view, arena::view + (Word{1} << arena_log2)};
    if (view.contains(page))
        return l4::map_answer({Fpage::memory(arena::base(), arena_log2, Rights::rwx), arena::view});
    if (!image.contains(page)) return {};
    Rights rights = page < address_of(__data_start) ? Rights::rx : Rights::r;
    if (is_on(agents_stack_, page) || is_on(sleepers_stack_, page)) rights = Rights::rw;
    if (!l4::allows(rights, fault->wanted)) return {};
    return l4::map_answer({Fpage::memory(page, l4::page_log2, rights), page});
}

} // namespace hostile
