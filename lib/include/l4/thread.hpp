// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_THREAD_HPP
#define L4_THREAD_HPP

#include <l4/ipc.hpp>
#include <l4/syscall.hpp>

#include <utility>

namespace l4 {

/// Where a thread begins.
struct StartState {
    Word ip;
    Word sp;
};

/// Where and how a new space is set up.
struct SpaceLayout {
    Word control = 0;
    Fpage kip_area;
    Fpage utcb_area;
    Word quota_frames = 0; ///< counts only if control has L4_SPACE_QUOTA
};

/// The layout that X.2 programs expect, in the root server's own manner: room for 256 UTCBs.
constexpr SpaceLayout ordinary_layout()
{
    return {.kip_area = Fpage::memory(0xbff00000, page_log2, Rights::none),
            .utcb_area = Fpage::memory(0xbf000000, 18, Rights::none)};
}

/// Sends the start message of X.2's thread-start protocol. Only the thread's pager can.
Status<IpcError> start_thread(ThreadId id, StartState state);
/// Ends a thread, and its space if it was the last one there. Deleting what is not there is no failure.
void delete_thread(ThreadId id);

/// A thread that this object owns: they end together, and so does the space whose last thread it is. For privileged
/// tasks. The caller is its pager and scheduler.
class Thread {
public:
    Thread() = default;
    ~Thread() { end(); }
    Thread(Thread&& other) noexcept : id_{other.release()} {}
    Thread& operator=(Thread&& other) noexcept
    {
        if (this != &other) {
            end();
            id_ = other.release();
        }
        return *this;
    }
    Thread(Thread const&) = delete;
    Thread& operator=(Thread const&) = delete;

    /// In the caller's own space. It waits for start().
    static Result<Thread, Error> create(ThreadId id, Word utcb_location, Word priority);
    /// The first thread of a new space, its UTCB the first of the area.
    static Result<Thread, Error> create_in_new_space(ThreadId id, SpaceLayout const& layout, Word priority);

    Status<IpcError> start(StartState state) const { return start_thread(id_, state); }

    ThreadId id() const { return id_; }
    /// It lives on without this object.
    ThreadId release() { return std::exchange(id_, nilthread); }
    void end()
    {
        if (!id_.is_nil()) delete_thread(release());
    }

private:
    explicit Thread(ThreadId id) : id_{id} {}
    ThreadId id_ = nilthread;
};

} // namespace l4

#endif
