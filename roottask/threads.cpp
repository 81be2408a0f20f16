// SPDX-License-Identifier: BSD-2-Clause
#include "threads.hpp"

#include "random.hpp"

#include <l4/kip.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

namespace root::threads {

ThreadId new_id()
{
    static constinit Word used = 2; // sigma0 at 0, perhaps sigma1 at 1, ourselves at 2
    ++used;
    return random::thread_id(L4_KIP_USER_BASE(&l4::kip()) + used);
}

bool start_local(ThreadId id, unsigned utcb_slot, Word priority, l4::StartState state)
{
    // Our own UTCB is the first of the area.
    Word const area = reinterpret_cast<Word>(&l4::my_utcb());
    auto thread = l4::Thread::create(id, l4::utcb_location(area, utcb_slot), priority);
    if (!thread || !thread->start(state)) return false;
    thread->release();
    return true;
}

bool start_in_new_space(ThreadId id, l4::SpaceLayout const& layout, Word priority, l4::StartState state)
{
    auto thread = l4::Thread::create_in_new_space(id, layout, priority);
    if (!thread || !thread->start(state)) return false;
    thread->release();
    return true;
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
    for (Word n = 0; n < count; ++n) l4::delete_thread(id(n));
    return count;
}

} // namespace root::threads
