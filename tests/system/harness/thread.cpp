// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/harness/thread.hpp"

#include "tests/system/harness/check.hpp"

#include <l4/kip.hpp>
#include <l4/start.hpp>
#include <l4/syscall.hpp>

namespace test {

using l4::Message;

namespace {

constexpr Word max_slots = 64;
constexpr Word max_stacks = 64;
constexpr Word stack_size = 8 * 1024;
/// Slot 0 is the controller's, slot 1 the runner's.
constexpr Word reserved_slots = 2;
constexpr Word max_ids = 512;
/// Behind sigma0, sigma1, the root server and the runner.
constexpr Word first_number = 8;

struct alignas(4096) StackMemory {
    unsigned char bytes[stack_size];
};
constinit StackMemory stack_memory[max_stacks]{};

/// Numbers in use. An exhausted pool is a mistake of the tests: it stops them.
template <Word N>
class Pool {
public:
    unsigned take()
    {
        for (unsigned i = 0; i < N; ++i) {
            if (used_[i]) continue;
            used_[i] = true;
            return i;
        }
        fail("the test server has no stack or UTCB left");
        l4::stop();
    }
    void give_back(unsigned index) { used_[index] = false; }
    void clear()
    {
        for (bool& used : used_) used = false;
    }

private:
    bool used_[N]{};
};
constinit Pool<max_slots - reserved_slots> slots{};
constinit Pool<max_stacks> stacks{};

constinit ThreadId the_controller = l4::nilthread;
constinit ThreadId the_runner = l4::nilthread;
constinit Word utcb_area = 0;

/// Numbers go round, versions only up: no ID is ever used twice.
constinit Word ids_of_case = 0;
constinit Word next_number = 0;
constinit Word version = 1;

Word number_of(Word index) { return L4_KIP_USER_BASE(&l4::kip()) + first_number + index; }

} // namespace

ThreadId controller() { return the_controller; }
ThreadId runner() { return the_runner; }

void set_roles(ThreadId controller, ThreadId runner)
{
    the_controller = controller;
    the_runner = runner;
    utcb_area = reinterpret_cast<Word>(&l4::my_utcb());
}

ThreadId new_id()
{
    if (next_number == max_ids) {
        next_number = 0;
        version = next_version(ThreadId::global(0, version)).version();
    }
    ++ids_of_case;
    return ThreadId::global(number_of(next_number++), version);
}

void delete_case_threads()
{
    Word const count = ids_of_case < max_ids ? ids_of_case : max_ids;
    for (Word i = 1; i <= count; ++i)
        delete_thread(ThreadId::global(number_of((next_number + max_ids - i) % max_ids), 1));
    ids_of_case = 0;
    slots.clear();
    stacks.clear();
}

Stack::Stack() : index_{stacks.take()} {}
Stack::~Stack() { stacks.give_back(index_); }

Word Stack::top() const { return reinterpret_cast<Word>(stack_memory[index_].bytes) + stack_size; }

Word Stack::prepare(StartBlock const& block)
{
    Word const at = l4::align_down(top() - sizeof block, 16);
    *reinterpret_cast<StartBlock*>(at) = block;
    return at;
}

UtcbSlot::UtcbSlot() : index_{slots.take()} {}
UtcbSlot::~UtcbSlot() { slots.give_back(index_); }
Word UtcbSlot::location() const { return l4::utcb_location(utcb_area, index_ + reserved_slots); }

bool Thread::create(Word priority)
{
    end();
    id_ = new_id();
    ThreadId const me = l4::my_global_id();
    return CHECK(l4::thread_control(
               {.dest = id_, .space = me, .scheduler = me, .pager = me, .utcb_location = slot_.location()})) &&
           CHECK(l4::set_priority(id_, priority));
}

bool Thread::begin(Entry entry, Word argument)
{
    ThreadId const handler = handler_.is_nil() ? the_controller : handler_;
    Word const sp = stack_.prepare({entry, argument, the_controller, handler});
    return CHECK(l4::start_thread(id_, test_thread(sp)));
}

void Thread::end()
{
    if (!id_.is_nil()) delete_thread(id_);
    id_ = l4::nilthread;
}

void spin(Word microseconds)
{
    Word const end = l4::system_clock() + microseconds;
    while (l4::system_clock() < end) {}
}

void settle()
{
    // A thread of the lowest priority runs only when no other can.
    constexpr Word lowest = 1;
    Thread last;
    Message message;
    if (last.start([](Word) { (void)l4::send(the_runner, Message{0}); }, 0, lowest))
        l4::receive(last.id(), message, l4::Time::milliseconds(10));
}

namespace {

template <typename Condition>
bool wait_until(Condition const& condition)
{
    constexpr unsigned looks = 2000;
    for (unsigned i = 0; i < looks; ++i) {
        if (condition()) return true;
        l4::sleep(l4::Time::milliseconds(1));
    }
    return false;
}

} // namespace

bool wait_for(Word const volatile& variable, Word value)
{
    return wait_until([&] { return variable == value; });
}

bool wait_for_at_least(Word const volatile& variable, Word value)
{
    return wait_until([&] { return variable >= value; });
}

} // namespace test

extern "C" [[gnu::used]] void test_thread_main(test::StartBlock const* block)
{
    l4_utcb& utcb = l4::my_utcb();
    utcb.exception_handler = block->handler.raw();
    if (!block->pager.is_nil()) utcb.pager = block->pager.raw();
    block->entry(block->argument);
    l4::stop();
}
