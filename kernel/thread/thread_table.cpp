// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/thread/thread_table.hpp"

#include "kernel/arch/x86/kernel_pages.hpp"
#include "kernel/memory/kernel_heap.hpp"
#include "kernel/space/user_memory.hpp"

namespace pecan {

namespace {

constexpr Word leaf_entries = page_size / sizeof(Tcb*);
static_assert(thread_number_limit == THREAD_NUMBERS);

/// What a number stands for that no thread has, so that nobody need ask: zeros, no ID is 0 but nilthread's.
alignas(Tcb) constinit unsigned char nobody[sizeof(Tcb)]{};
static_assert(static_cast<int>(State::dying) == 0);
/// The page of numbers that were never used: all of them have the same.
constinit PhysAddr empty_leaf{0};

/// Nobody has had this number, nor any other of its page.
bool is_empty(Word number) { return kernel_page(THREAD_TABLE + number * sizeof(Tcb*)) == empty_leaf; }

PhysAddr fill_leaf(PhysAddr frame)
{
    for (Word n = 0; n < leaf_entries; ++n) direct_map<void*>(frame)[n] = nobody;
    return frame;
}

} // namespace

void initialise_thread_table()
{
    empty_leaf = fill_leaf(boot_frame());
    make_kernel_table(THREAD_TABLE);
    for (Word page = 0; page < thread_number_limit * sizeof(Tcb*); page += page_size)
        map_kernel_page(THREAD_TABLE + page, empty_leaf);
}

Tcb* find_thread_number(Word number)
{
    if (number >= thread_number_limit) return nullptr;
    void* const entry = thread_entries()[number];
    return entry == nobody ? nullptr : static_cast<Tcb*>(entry);
}

Result<Ok, Error> reserve_thread_number(Word number)
{
    if (number >= thread_number_limit) return Error::invalid_thread;
    if (is_empty(number))
        map_kernel_page(align_down(THREAD_TABLE + number * sizeof(Tcb*), page_size),
                        fill_leaf(TRY(kernel_memory().allocate_frame(kernel_quota()))));
    return Ok{};
}

void enter_thread(Tcb& thread) { thread_entries()[thread.id.number()] = &thread; }
void remove_thread(Tcb& thread) { thread_entries()[thread.id.number()] = reinterpret_cast<Tcb*>(nobody); }

ThreadId globalize_local(ThreadId id, Tcb const& caller)
{
    if (!id.is_local()) return id;
    // The UTCB tells who lives there. It is the user's memory, so the answer counts only if that thread confirms it.
    l4_utcb const* utcb = utcb_at(*caller.space, id.raw());
    if (utcb == nullptr) return id;
    Tcb* thread = find_thread(ThreadId{*const_cast<Word const volatile*>(&utcb->my_global_id)});
    return thread != nullptr && thread->space == caller.space && thread->local_id == id.raw() ? thread->id : id;
}

} // namespace pecan
