// SPDX-License-Identifier: BSD-2-Clause
#include "threads.hpp"

#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

namespace root::threads {

namespace {

// X.2 programs find KIP and UTCBs of a new space where their own are; room for 256 UTCBs.
constexpr Word ordinary_kip = 0xbff00000;
constexpr Word ordinary_utcb_area = 0xbf000000;
constexpr unsigned ordinary_utcb_area_log2 = 18;

/// A new thread waits for this at once, so there is no reason to wait long for it.
bool send_start(ThreadId id, StartState state)
{
    return l4::send(id, l4::Message{0}.word(state.ip).word(state.sp), l4::Time::milliseconds(500));
}

} // namespace

ThreadId new_id()
{
    static constinit Word used = 2; // sigma0 at 0, perhaps sigma1 at 1, ourselves at 2
    ++used;
    return ThreadId::global(L4_KIP_USER_BASE(&l4::kip()) + used, 1);
}

ThreadId next_version(ThreadId id)
{
    // The low six bits of a version must not all be 0: such an ID would look like a local one.
    Word version = (id.version() + 1) & 0xffffffff;
    if ((version & 0x3f) == 0) ++version;
    return ThreadId::global(id.number(), version);
}

SpaceLayout ordinary_layout()
{
    return {
        .kip_area = l4::Fpage::memory(ordinary_kip, l4::page_log2, l4::Rights::none),
        .utcb_area = l4::Fpage::memory(ordinary_utcb_area, ordinary_utcb_area_log2, l4::Rights::none),
    };
}

bool start_local(ThreadId id, unsigned utcb_slot, Word priority, StartState state)
{
    ThreadId const me = l4::my_global_id();
    // Our own UTCB is the first of the area.
    Word const area = reinterpret_cast<Word>(&l4::my_utcb());
    return l4::thread_control({.dest = id,
                               .space = me,
                               .scheduler = me,
                               .pager = me,
                               .utcb_location = l4::utcb_location(area, utcb_slot)}) &&
           l4::set_priority(id, priority) && send_start(id, state);
}

bool start_in_new_space(ThreadId id, SpaceLayout const& layout, Word priority, StartState state)
{
    ThreadId const me = l4::my_global_id();
    if (!l4::thread_control({.dest = id, .space = id, .scheduler = me})) return false;
    bool const is_started =
        l4::space_control({.space = id,
                           .control = layout.control,
                           .kip_area = layout.kip_area,
                           .utcb_area = layout.utcb_area,
                           .quota_frames = layout.quota_frames}) &&
        l4::thread_control(
            {.dest = id, .space = id, .scheduler = me, .pager = me, .utcb_location = layout.utcb_area.base()}) &&
        l4::set_priority(id, priority) && send_start(id, state);
    if (!is_started) end(id);
    return is_started;
}

Word count_free_frames()
{
    // A number far away from those in use. The kernel keeps its table of thread numbers; what that takes
    // the first time is missing the second.
    constexpr Word first = 0x10000;
    ThreadId const me = l4::my_global_id();
    auto const id = [](Word n) { return ThreadId::global(first + n, 1); };
    Word count = 0;
    while (l4::thread_control({.dest = id(count), .space = me, .scheduler = me})) ++count;
    for (Word n = 0; n < count; ++n) end(id(n));
    return count;
}

void end(ThreadId id) { (void)l4::thread_control({.dest = id, .space = l4::nilthread}); }

} // namespace root::threads
