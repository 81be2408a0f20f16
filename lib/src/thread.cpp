// SPDX-License-Identifier: BSD-2-Clause
#include <l4/thread.hpp>
#include <l4/utcb.hpp>

namespace l4 {

Status<IpcError> start_thread(ThreadId id, StartState state)
{
    // A new thread waits for this at once, so there is no reason to wait long for it.
    return send(id, Message{0}.word(state.ip).word(state.sp), Time::milliseconds(500));
}

void delete_thread(ThreadId id) { (void)thread_control({.dest = id, .space = nilthread}); }

Result<Thread, Error> Thread::create(ThreadId id, Word utcb_location, Word priority)
{
    ThreadId const me = my_global_id();
    auto status =
        thread_control({.dest = id, .space = me, .scheduler = me, .pager = me, .utcb_location = utcb_location});
    if (!status) return status.error();
    Thread thread{id};
    status = set_priority(id, priority);
    if (!status) return status.error();
    return thread;
}

Result<Thread, Error> Thread::create_in_new_space(ThreadId id, SpaceLayout const& layout, Word priority)
{
    ThreadId const me = my_global_id();
    auto status = thread_control({.dest = id, .space = id, .scheduler = me});
    if (!status) return status.error();
    Thread thread{id};
    status = space_control({.space = id,
                            .control = layout.control,
                            .kip_area = layout.kip_area,
                            .utcb_area = layout.utcb_area,
                            .quota_frames = layout.quota_frames});
    if (!status) return status.error();
    status = thread_control(
        {.dest = id, .space = id, .scheduler = me, .pager = me, .utcb_location = layout.utcb_area.base()});
    if (!status) return status.error();
    status = set_priority(id, priority);
    if (!status) return status.error();
    return thread;
}

} // namespace l4
