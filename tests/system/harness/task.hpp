// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_TASK_HPP
#define TESTS_SYSTEM_TASK_HPP

#include "tests/system/harness/thread.hpp"

#include <l4/fpage.hpp>
#include <l4/message.hpp>
#include <l4/time.hpp>

#include <initializer_list>

/// Other address spaces, with a thread in each that does what it is told.
namespace test {

using l4::Fpage;
using l4::Message;

/// A function of this image, executed by an agent in its own space: image, stacks and globals are mapped there at the
/// same addresses.
using Function = Word (*)(Word, Word, Word, Word);

/// A map or grant item.
struct Item {
    Word first;
    Word second;
};
constexpr Item map_item(Fpage page, Word send_base = 0) { return {L4_MAP_ITEM(send_base), page.raw()}; }
constexpr Item grant_item(Fpage page, Word send_base = 0) { return {L4_GRANT_ITEM(send_base), page.raw()}; }

/// Appends items to a message.
Message& add(Message& message, std::initializer_list<Item> items);

/// What a command to an agent has led to.
struct Outcome {
    enum class Kind {
        done,       ///< value, and the agent's ErrorCode after it
        page_fault, ///< the agent waits for an answer, or has been started anew
        io_fault,
        exception,
        ipc_error, ///< error: ErrorCode of our own IPC
        other,
    };
    Kind kind = Kind::other;
    Word value = 0;
    Word error = 0;
    Message message; ///< what came last, as it came

    bool is(Word expected) const { return kind == Kind::done && value == expected; }
    bool is_done() const { return kind == Kind::done; }
    bool is_fault(Word address, l4::Rights rights) const
    {
        return kind == Kind::page_fault && message.mr(1) == address && message.tag().fault_rights() == rights;
    }
};

struct TaskLayout {
    Fpage kip_area = Fpage::memory(0xbff00000, l4::page_log2, l4::Rights::none);
    Fpage utcb_area = Fpage::memory(0xbf000000, 16, l4::Rights::none);
    Word quota_frames = 0; ///< 0: as it comes
    Word priority = priority::helper;
};

/// An address space. Two threads: one that never becomes active and keeps the space alive, and the agent.
/// The agent's pager and exception handler is the thread that created the task.
class Task {
public:
    Task() = default;
    ~Task() { end(); }
    Task(Task const&) = delete;
    Task& operator=(Task const&) = delete;

    /// Space and agent, with the image mapped.
    bool create(TaskLayout const& layout = {});
    /// Only the space, without an active thread.
    bool create_space(TaskLayout const& layout = {});
    bool start_agent();
    void end();

    ThreadId agent() const { return agent_; }
    ThreadId anchor() const { return anchor_; }
    TaskLayout const& layout() const { return layout_; }
    /// Where the nth UTCB of its area lies; 0 is the agent's.
    Word location(Word n) const { return l4::utcb_location(layout_.utcb_area.base(), n); }

    /// Executes the function in the space. An agent that faults or crashes is reported and started anew.
    Outcome run(Function function, Word a = 0, Word b = 0, Word c = 0, Word d = 0);
    /// The same without starting anew: answer() goes on with what the agent waits for.
    Outcome begin(Function function, Word a = 0, Word b = 0, Word c = 0, Word d = 0);
    Outcome answer(Message const& message);

    /// Where map items may go; it stays until it is set again.
    bool set_window(Fpage window);
    /// Sends map items to the agent, which answers with their number of words.
    Outcome deliver(std::initializer_list<Item> items);
    /// One page or more, with the window set before: true if nothing failed.
    bool map(Fpage page, Word send_base) { return deliver({map_item(page, send_base)}).is_done(); }

    // The most common functions.
    Outcome read(Word address);
    Outcome write(Word address, Word value);
    Outcome execute(Word address);
    bool can_read(Word address, Word value) { return read(address).is(value); }
    bool can_write(Word address, Word value) { return write(address, value).is_done(); }
    bool cannot_read(Word address) { return read(address).is_fault(address, l4::Rights::r); }
    bool cannot_write(Word address) { return write(address, 0).is_fault(address, l4::Rights::w); }
    bool cannot_execute(Word address) { return execute(address).is_fault(address, l4::Rights::x); }
    /// Unmaps in the agent's space; the raw flexpage that comes back.
    Outcome unmap(Fpage page, bool flush);
    /// The agent sends items to another task's agent.
    Outcome forward(Task const& to, Item item);

    /// Starts the agent again after a fault or a crash.
    bool restart();

    /// A further thread in the space, active at UTCB n; it runs `entry` on a stack of its own.
    bool start_thread(ThreadId id, Word n, Stack& stack, Entry entry, Word argument, Word priority = priority::helper);

private:
    ThreadId anchor_ = l4::nilthread;
    ThreadId agent_ = l4::nilthread;
    TaskLayout layout_;
    Fpage window_;
    Stack stack_;
};

/// Waits for a message of a thread whose pager we are; its faults in the image are answered on the way.
Outcome wait_for_message(ThreadId from);
/// Sends a message first.
Outcome exchange(ThreadId with, Message const& message);

/// Answers a thread's faults in the image, until there is none for a while.
void answer_image_faults(ThreadId from);

/// The image of the test server, as it is mapped into tasks.
Fpage image_page();

// Functions for run().
Word do_read(Word address, Word, Word, Word);
Word do_write(Word address, Word value, Word, Word);
Word do_execute(Word address, Word, Word, Word);
Word do_unmap(Word page, Word flush, Word, Word);
Word do_forward(Word to, Word first, Word second, Word);
Word do_set_window(Word window, Word, Word, Word);

} // namespace test

#endif
