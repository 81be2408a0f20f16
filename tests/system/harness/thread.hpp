// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_THREAD_HPP
#define TESTS_SYSTEM_THREAD_HPP

#include <l4/thread.hpp>
#include <l4/utcb.hpp>

/// Threads of the test server's own space.
namespace test {

using l4::ThreadId;
using l4::Word;

/// Who is who. The controller gives out the cases and outlives them; the runner executes them.
namespace priority {
inline constexpr Word controller = 255, runner = 150, helper = 140;
} // namespace priority

ThreadId controller();
ThreadId runner();
void set_roles(ThreadId controller, ThreadId runner);

/// A thread ID that nothing has used yet. Whatever stands behind it at the end of the case is deleted.
ThreadId new_id();
/// The same number with the next version.
inline ThreadId next_version(ThreadId id) { return id.next_version(); }
/// Deletes all that the case has left behind.
void delete_case_threads();
using l4::delete_thread;

using Entry = void (*)(Word);

/// What a new thread finds at its stack pointer.
struct StartBlock {
    Entry entry;
    Word argument;
    ThreadId pager;   ///< nilthread: the one that it was started with
    ThreadId handler; ///< its exception handler
};

/// A stack for one thread until it is given back. Every space sees it at the same address.
class Stack {
public:
    Stack();
    ~Stack();
    Stack(Stack const&) = delete;
    Stack& operator=(Stack const&) = delete;
    /// Puts the block on top; the initial stack pointer.
    Word prepare(StartBlock const& block);
    Word top() const;

private:
    unsigned index_;
};

/// Where a UTCB of this space can be.
class UtcbSlot {
public:
    UtcbSlot();
    ~UtcbSlot();
    UtcbSlot(UtcbSlot const&) = delete;
    UtcbSlot& operator=(UtcbSlot const&) = delete;
    Word location() const;
    ThreadId local_id() const { return ThreadId::from_raw(location() + L4_UTCB_MR_OFFSET); }
    l4_utcb& utcb() const { return *reinterpret_cast<l4_utcb*>(location()); }

private:
    unsigned index_;
};

/// A helper in this space. Its crash is a failure of the case; its destructor deletes it.
class Thread {
public:
    Thread() = default;
    ~Thread() { end(); }
    Thread(Thread const&) = delete;
    Thread& operator=(Thread const&) = delete;

    /// Active, waiting for its start message from the caller.
    bool create(Word priority = priority::helper);
    /// Sends the start message.
    bool begin(Entry entry, Word argument = 0);
    bool start(Entry entry, Word argument = 0, Word priority = priority::helper)
    {
        return create(priority) && begin(entry, argument);
    }
    void end();

    ThreadId id() const { return id_; }
    ThreadId local_id() const { return slot_.local_id(); }
    l4_utcb& utcb() const { return slot_.utcb(); }
    Word location() const { return slot_.location(); }
    Stack& stack() { return stack_; }
    /// Who gets its exceptions; before begin().
    void set_handler(ThreadId handler) { handler_ = handler; }
    /// The number stays, the version changes.
    void set_id(ThreadId id) { id_ = id; }

private:
    ThreadId id_ = l4::nilthread;
    ThreadId handler_ = l4::nilthread;
    UtcbSlot slot_;
    Stack stack_;
};

/// Any number of microseconds, computing all the while.
void spin(Word microseconds);

/// Lets all helpers run until each waits for something. With one that never waits, it takes ten milliseconds.
void settle();

/// Waits until the variable has the value, sleeping between looks. False after two seconds.
bool wait_for(Word const volatile& variable, Word value);
bool wait_for_at_least(Word const volatile& variable, Word value);

} // namespace test

extern "C" void test_thread_entry();

namespace test {

/// The start of a thread with a StartBlock at its stack pointer.
inline l4::StartState test_thread(Word sp) { return {reinterpret_cast<Word>(&test_thread_entry), sp}; }

} // namespace test

#endif
