// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/thread/thread_table.hpp"

#include "kernel/memory/kernel_heap.hpp"
#include "kernel/space/user_memory.hpp"

namespace pecan {

namespace {

constexpr Word leaf_entries = page_size / sizeof(Tcb*);

/// Two levels: 512 leaves of 512 threads, made when the first thread of a leaf is.
constinit Tcb** leaves[thread_number_limit / leaf_entries]{};

} // namespace

Tcb* find_thread_number(Word number)
{
    if (number >= thread_number_limit) return nullptr;
    Tcb** leaf = leaves[number / leaf_entries];
    return leaf == nullptr ? nullptr : leaf[number % leaf_entries];
}

Tcb* find_thread(ThreadId global)
{
    Tcb* thread = find_thread_number(global.number());
    return thread != nullptr && thread->id == global && thread->state != State::dying ? thread : nullptr;
}

Result<Ok, Error> reserve_thread_number(Word number)
{
    if (number >= thread_number_limit) return Error::invalid_thread;
    Tcb**& leaf = leaves[number / leaf_entries];
    if (leaf == nullptr) leaf = direct_map<Tcb*>(TRY(kernel_memory().allocate_frame(kernel_quota())));
    return Ok{};
}

void enter_thread(Tcb& thread)
{
    leaves[thread.id.number() / leaf_entries][thread.id.number() % leaf_entries] = &thread;
}
void remove_thread(Tcb& thread)
{
    leaves[thread.id.number() / leaf_entries][thread.id.number() % leaf_entries] = nullptr;
}

ThreadId globalize(ThreadId id, Tcb const& caller)
{
    if (!id.is_local()) return id;
    // The UTCB tells who lives there. It is the user's memory, so the answer counts only if that thread confirms it.
    l4_utcb const* utcb = utcb_at(*caller.space, id.raw());
    if (utcb == nullptr) return id;
    Tcb* thread = find_thread(ThreadId{*const_cast<Word const volatile*>(&utcb->my_global_id)});
    return thread != nullptr && thread->space == caller.space && thread->local_id == id.raw() ? thread->id : id;
}

} // namespace pecan
