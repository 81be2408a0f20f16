// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_SYSCALL_HPP
#define L4_SYSCALL_HPP

#include <l4/error.hpp>
#include <l4/fpage.hpp>
#include <l4/result.hpp>
#include <l4/thread_id.hpp>
#include <l4/time.hpp>

#include <array>
#include <span>

namespace l4 {

/// The X.2 system calls with typed arguments. Ipc has its own header, ipc.hpp.

/// ErrorCode TCR of the caller, where the kernel leaves why a call failed: an Error or, after an IPC, an IpcError.
Word last_error();

struct ThreadControlIn {
    ThreadId dest;
    ThreadId space;                 ///< a thread of the space; nilthread deletes dest
    ThreadId scheduler = nilthread; ///< nilthread: no change
    ThreadId pager = nilthread;     ///< nilthread: no change; otherwise dest becomes active
    Word utcb_location = ~Word{0};  ///< all ones: no change
};
Status<Error> thread_control(ThreadControlIn const& in);

struct SpaceControlIn {
    ThreadId space;
    Word control = 0;
    Fpage kip_area;
    Fpage utcb_area;
    ThreadId redirector = nilthread;
    Word quota_frames = 0; ///< read by the kernel only if control has L4_SPACE_QUOTA
};
Status<Error> space_control(SpaceControlIn const& in);

struct ScheduleIn {
    ThreadId dest;
    Word time = ~Word{0};
    Word priority = ~Word{0};
    Word processor = ~Word{0};
    Word preemption = ~Word{0};
};
/// The thread's state as X.2 numbers it, 0 for an error. What was left of its time slice and total quantum goes to
/// old_time, as times in the places of the time control.
Word schedule(ScheduleIn const& in, Word* old_time = nullptr);
Status<Error> set_priority(ThreadId dest, Word priority);

/// Microseconds since a moment that the kernel chose.
Word system_clock();

/// Gives the rest of the time slice to dest, or to whoever is next.
void thread_switch(ThreadId dest = nilthread);

struct ExchangeRegistersArgs {
    ThreadId dest; ///< out: dest's other name, nilthread after an error
    Word control = 0;
    Word sp = 0;
    Word ip = 0;
    Word flags = 0;
    Word user_defined_handle = 0;
    ThreadId pager = nilthread;
};
/// In and out, as X.2 has it: what goes in as the new values comes out as the old ones.
ExchangeRegistersArgs exchange_registers(ExchangeRegistersArgs args);

/// Revokes rights from what was mapped from the flexpage; with flush also from the caller itself.
/// Returns the flexpage with its rights replaced by what has been accessed.
Fpage unmap(Fpage page, bool flush);
/// The same with up to 64 flexpages, each of them replaced. More are left alone.
void unmap(std::span<Fpage> pages, bool flush);

/// Memory types for up to 64 flexpages of this space. The two low bits of a flexpage, which are rights elsewhere, say
/// which of the attributes (L4_CACHE_...) is meant.
Status<Error> memory_control(std::span<Fpage const> pages, std::array<Word, 4> const& attributes);

struct ProcessorControlIn {
    Word processor = 0;
    Word internal_khz = 0;
    Word external_khz = 0;
    Word millivolts = 0;
};
Status<Error> processor_control(ProcessorControlIn const& in);

/// Interrupts as threads: line n sends its messages to the handler from now on.
Status<Error> associate_interrupt(Word line, ThreadId handler);

} // namespace l4

#endif
