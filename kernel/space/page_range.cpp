// SPDX-License-Identifier: BSD-2-Clause
/// Ranges of leaves without nodes: a client's half, a server's dynamic half. What is absent costs nothing, on whatever
/// level it is absent; a table that goes as a whole is not looked into.
#include "kernel/space/page_table.hpp"
#include "kernel/space/pte_access.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

struct PageTable::Walk {
    VirtRange& range;        ///< what is left; `first` only advances
    PhysRange const* frames; ///< nullptr: all
    Rights rights;           ///< to be revoked
    TlbBatch& batch;
    Budget& budget;
    bool is_finished{false}; ///< the range's last entry has been visited

    bool frees_tables() const { return rights.read() && frames == nullptr; }
};

void PageTable::revoke_leaf(Walk& walk, Pte* entry, unsigned level)
{
    if (is_foreign(entry)) return;
    if (walk.frames != nullptr && !walk.frames->overlaps({entry->leaf_address(level), Word{1} << log2_of_entry(level)}))
        return;
    if (walk.rights.read()) {
        unlink(entry, level);
        walk.batch.changed(*this);
    } else if (clear_rights(entry, Rights::all().without(walk.rights))) {
        walk.batch.changed(*this);
    }
}

/// The table below `entry`, whose part of the range begins at range.first. Advances range.first behind what was done.
Progress PageTable::visit_table(Walk& walk, Pte* entry, unsigned level)
{
    Word const mask = low_mask(log2_of_entry(level));
    Word const last = walk.range.first | mask;
    bool const whole = (walk.range.first & mask) == 0 && last <= walk.range.last;
    bool const empty = info_of(*entry).used() == 0;
    // A page table that the range covers goes unseen, unless there are pages of others in it.
    bool const disposable = level == 2 && (empty || kind_ == TableKind::client || !holds_foreign_pages(*entry, level));
    if (empty || (walk.frees_tables() && whole && disposable)) {
        if (whole && disposable && walk.frees_tables()) free_table(entry, level, walk.batch);
        advance(walk, mask + 1);
        return Progress::done;
    }
    Progress const progress = visit(walk, table_at(entry->table_address()), level - 1);
    // An empty page table is kept for the next page that comes there; levels above it are not.
    if (level > 2 && walk.frees_tables() && owns_table(level) && info_of(*entry).used() == 0)
        free_table(entry, level, walk.batch);
    return progress;
}

/// Goes on behind the `size` bytes around the present position, or says that the range has ended.
void PageTable::advance(Walk& walk, Word size)
{
    Word const last = walk.range.first | (size - 1);
    walk.is_finished = last >= walk.range.last;
    walk.range.first = walk.is_finished ? walk.range.last : last + 1;
}

Progress PageTable::visit(Walk& walk, Table* table, unsigned level)
{
    Word const size = Word{1} << log2_of_entry(level);
    Word const start = walk.range.first & ~(entries_per_table * size - 1);
    Word const end = start + (entries_per_table * size - 1);
    unsigned const last = walk.range.last >= end ? entries_per_table - 1 : index_of(walk.range.last, level);
    // Behind the last entry in use there is nothing to see. (Those of PML4s are not counted.)
    unsigned left = level < 4 ? info(table).used() : entries_per_table;
    for (unsigned i = index_of(walk.range.first, level); left != 0; ++i, --left) {
        i = next_present(table, i, last);
        if (i > last) break;
        Pte* const entry = &table[i];
        if (walk.range.first < start + i * size) walk.range.first = start + i * size;
        walk.budget.spend();
        if (!entry->is_leaf(level)) {
            if (visit_table(walk, entry, level) == Progress::again) return Progress::again;
        } else {
            revoke_leaf(walk, entry, level);
            advance(walk, size);
        }
        if (walk.is_finished) return Progress::done;
        if (walk.budget.is_exhausted()) return Progress::again;
    }
    if (walk.range.first <= end) advance(walk, entries_per_table * size);
    return Progress::done;
}

Progress PageTable::revoke_range(VirtRange& range, Rights rights, TlbBatch& batch, Budget& budget)
{
    if (any_root() == nullptr) return Progress::done;
    Walk walk{range, nullptr, rights, batch, budget};
    return visit(walk, any_root(), 4);
}

Progress PageTable::revoke_frames(VirtRange& range, PhysRange frames, Rights rights, TlbBatch& batch, Budget& budget)
{
    if (any_root() == nullptr) return Progress::done;
    Walk walk{range, &frames, rights, batch, budget};
    return visit(walk, any_root(), 4);
}

Result<Ok, Error> PageTable::split_at(VirtAddr where)
{
    if (where.is_aligned_to(large_page_size)) return Ok{};
    Slot const slot = find(where);
    if (slot.is_present() && slot.level == 2 && !is_foreign(slot.entry)) TRY(split(slot.entry));
    return Ok{};
}

Result<Pte*, Error> PageTable::entry_for(VirtAddr where, PageSize size, TlbBatch& batch)
{
    return descend(where, level_of(size), batch);
}

void PageTable::write_leaf(Pte* entry, Pte leaf, TlbBatch& batch)
{
    if (!entry->is_present()) {
        store(entry, leaf);
        info(entry).add_used();
        return;
    }
    Pte const old = exchange(entry, leaf);
    if (old.without_status() != leaf) batch.changed(*this);
}

} // namespace pecan
