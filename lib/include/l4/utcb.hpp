// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_UTCB_HPP
#define L4_UTCB_HPP

#include <l4/thread_id.hpp>
#include <l4/utcb.h>

#include <cstddef>

namespace l4 {

static_assert(offsetof(l4_utcb, mr) == L4_UTCB_MR_OFFSET);
static_assert(offsetof(l4_utcb, my_global_id) == 0x188);
static_assert(sizeof(l4_utcb) == L4_UTCB_SIZE);

/// The caller's own UTCB. %gs:0 yields the address of its MR0, which is also its local ID.
inline l4_utcb& my_utcb()
{
    Word mr0;
    asm volatile("mov %%gs:0, %0" : "=r"(mr0));
    return *reinterpret_cast<l4_utcb*>(mr0 - L4_UTCB_MR_OFFSET);
}

inline ThreadId my_global_id() { return ThreadId::from_raw(my_utcb().my_global_id); }

/// The global name of a sender. Senders of the receiver's own space come under their local names,
/// which are addresses in this space: the kernel has written the global one beside.
inline ThreadId global_id_of(ThreadId sender)
{
    if (!sender.is_local()) return sender;
    return ThreadId::from_raw(reinterpret_cast<l4_utcb const*>(sender.raw() - L4_UTCB_MR_OFFSET)->my_global_id);
}

/// Where the nth UTCB of an area lies.
constexpr Word utcb_location(Word area, Word n) { return area + n * L4_UTCB_SIZE; }

} // namespace l4

#endif
