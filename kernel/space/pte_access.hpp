// SPDX-License-Identifier: BSD-2-Clause
/// Access to entries that the processor reads, and writes accessed and dirty bits to, at the same time.
#pragma once

#include <type_traits>

#include "kernel/arch/x86/pte.hpp"

namespace pecan {

static_assert(std::is_standard_layout_v<Pte>);

inline Word* word_of(Pte* entry) { return reinterpret_cast<Word*>(entry); }

inline Pte load(Pte const* entry)
{
    return Pte{__atomic_load_n(reinterpret_cast<Word const*>(entry), __ATOMIC_RELAXED)};
}
/// The first of the entries from `i` to `last` that is present (those that are not are zero); last + 1: none is. Most
/// tables are nearly empty: one instruction an entry counts.
inline unsigned next_present(Pte const* table, unsigned i, unsigned last)
{
    if (i > last) return i;
    Pte const* at = table + i;
    Word count = last + 1 - i;
    bool found;
    asm volatile("repe scasq" : "+D"(at), "+c"(count), "=@ccne"(found) : "a"(Word{0}) : "memory");
    return found ? static_cast<unsigned>(at - table) - 1 : last + 1;
}
/// Release: what a table holds is written before it is reachable.
inline void store(Pte* entry, Pte value) { __atomic_store_n(word_of(entry), value.raw(), __ATOMIC_RELEASE); }
inline Pte exchange(Pte* entry, Pte value)
{
    return Pte{__atomic_exchange_n(word_of(entry), value.raw(), __ATOMIC_ACQ_REL)};
}

/// Takes all rights but these from a leaf; true if that changed it.
inline bool clear_rights(Pte* entry, Rights rights)
{
    Pte const old = load(entry);
    bool const loses_write = !rights.write() && (old.raw() & Pte::writable) != 0;
    bool const loses_execute = !rights.execute() && (old.raw() & Pte::no_execute) == 0;
    if (loses_write) __atomic_fetch_and(word_of(entry), ~Pte::writable, __ATOMIC_ACQ_REL);
    if (loses_execute) __atomic_fetch_or(word_of(entry), Pte::no_execute, __ATOMIC_ACQ_REL);
    return loses_write || loses_execute;
}
/// Adds rights to a leaf.
inline void set_rights(Pte* entry, Rights rights)
{
    if (rights.write()) __atomic_fetch_or(word_of(entry), Pte::writable, __ATOMIC_ACQ_REL);
    if (rights.execute()) __atomic_fetch_and(word_of(entry), ~Pte::no_execute, __ATOMIC_ACQ_REL);
}
/// Another memory type for a leaf; false if it has it already.
inline bool set_attribute(Pte* entry, PageSize size, CacheAttribute attribute)
{
    Word old = load(entry).raw();
    if (Pte{old}.with_attribute(attribute, size) == Pte{old}) return false;
    // The processor may note an access meanwhile.
    while (!__atomic_compare_exchange_n(word_of(entry), &old, Pte{old}.with_attribute(attribute, size).raw(), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {}
    return true;
}
/// Sets accessed, and dirty for a write, as the processor does.
inline void set_status(Pte* entry, bool written)
{
    Word const bits = Pte::accessed | (written ? Pte::dirty : 0);
    if ((load(entry).raw() & bits) != bits) __atomic_fetch_or(word_of(entry), bits, __ATOMIC_ACQ_REL);
}
/// Reads and clears accessed and dirty.
inline PageStatus clear_status(Pte* entry)
{
    Word const both = Pte::accessed | Pte::dirty;
    if ((load(entry).raw() & both) == 0) return {};
    return Pte{__atomic_fetch_and(word_of(entry), ~both, __ATOMIC_ACQ_REL)}.status();
}

} // namespace pecan
