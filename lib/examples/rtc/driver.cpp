// SPDX-License-Identifier: BSD-2-Clause
//
// A driver: a device's interrupt is a message from the interrupt's thread, an empty message back opens the line again.

#include "roles.hpp"

#include <l4/linux.h>
#include <l4/machine.hpp>
#include <l4/start.hpp>
#include <l4/syscall.hpp>
#include <l4/typed.hpp>
#include <l4/utcb.hpp>

#include <algorithm>

namespace rtc_example {

namespace {

constexpr Word line = 8;
constexpr Word ticks_per_second = 256;

/// The real-time clock's registers (MC146818A).
class Rtc {
public:
    static void start_ticking()
    {
        constexpr std::uint8_t rate_256_hz = 8, periodic = 0x40, all_interrupts = 0x70;
        write(0xa, static_cast<std::uint8_t>((read(0xa) & 0xf0) | rate_256_hz));
        write(0xb, static_cast<std::uint8_t>((read(0xb) & ~all_interrupts) | periodic));
    }
    /// Reading says why it interrupts, and takes the interrupt back.
    static bool has_ticked() { return (read(0xc) & 0x40) != 0; }

private:
    static std::uint8_t read(std::uint8_t index)
    {
        l4::out8(index_port, index);
        return l4::in8(data_port);
    }
    static void write(std::uint8_t index, std::uint8_t value)
    {
        l4::out8(index_port, index);
        l4::out8(data_port, value);
    }
};

/// Messages that the root task understands (include/l4/linux.h).
struct Attach {
    static constexpr Word label = L4_SUPERVISOR_INTERRUPT;
    Word line;
};
struct Attached {
    static constexpr Word label = L4_SUPERVISOR_INTERRUPT;
    Word refused;
};

/// Times of ticks, in memory that comes by page faults.
class History {
public:
    void add(Word time) { times()[count_++ % size] = time; }
    /// The nth before the last.
    Word back(Word n) const { return times()[(count_ - 1 - n) % size]; }
    Word count() const { return count_; }

private:
    static constexpr Word size = heap.size() / sizeof(Word);
    static Word* times() { return reinterpret_cast<Word*>(heap.start); }
    Word count_ = 0;
};

void report(History const& history, l4::Console& console)
{
    Word shortest = ~Word{0}, longest = 0;
    for (Word n = 0; n < ticks_per_second; ++n) {
        Word const interval = history.back(n) - history.back(n + 1);
        shortest = std::min(shortest, interval);
        longest = std::max(longest, interval);
    }
    console.line("{} ticks; the last {} took {} us, {} to {} us each", history.count(), ticks_per_second,
                 history.back(0) - history.back(ticks_per_second), shortest, longest);
}

/// From now on this thread's faults go to another pager. It does not know our image and stack, which came from the
/// root task, so they must be here before.
void change_pager(l4::ThreadId pager)
{
    l4::touch_image();
    unsigned char volatile stack[3 * l4::page_size];
    for (Word at = 0; at < sizeof stack; at += l4::page_size) stack[at] = 0;
    l4::my_utcb().pager = pager.raw();
}

} // namespace

void be_driver(l4::TaskStart const& start, l4::Console& console)
{
    auto const attached = l4::call<Attached>(start.supervisor_id(), Attach{line});
    if (!attached || attached->refused != 0) {
        console.line("the root task does not let us have interrupt {}", line);
        return;
    }
    change_pager(start.peer(pager_instance));

    l4::ThreadId const interrupt = l4::ThreadId::interrupt(line);
    History history;
    Rtc::start_ticking();
    (void)Rtc::has_ticked(); // the first edge needs a line that is low
    for (;;) {
        l4::Message message;
        if (l4::receive(interrupt, message).is_nil()) return;
        // Twice: a tick that comes before the line is open again makes no edge that anyone sees.
        bool const before = Rtc::has_ticked();
        (void)l4::send(interrupt, l4::Message{0}, l4::Time::zero());
        bool const after = Rtc::has_ticked();
        if (!before && !after) continue;
        history.add(l4::system_clock());
        if (history.count() > ticks_per_second && history.count() % ticks_per_second == 0) report(history, console);
    }
}

} // namespace rtc_example
