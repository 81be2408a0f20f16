// SPDX-License-Identifier: BSD-2-Clause
/// Making, finding and changing entries; ranges of leaves without nodes are in page_range.cpp.
#include "kernel/space/page_table.hpp"

#include "kernel/space/pte_access.hpp"
#include "kernel/support/panic.hpp"
#include "kernel/support/scope_guard.hpp"

namespace pecan {

// ---- PML4s ---------------------------------------------------------------------------------------------------------

PageTable::Table* PageTable::any_root() const
{
    for (PhysAddr root : roots_)
        if (root != PhysAddr{}) return table_at(root);
    return nullptr;
}

Result<PhysAddr, Error> PageTable::make_root(unsigned cpu, PageTable const* server)
{
    if (roots_[cpu] != PhysAddr{}) return roots_[cpu];
    Table const* const sibling = any_root();
    PhysAddr const frame = TRY(memory_.allocate_frame(quota_));
    Table* const root = table_at(frame);

    Pte const* const kernel = kernel_slots(kind_, cpu);
    for (unsigned i = 0; i < kernel_slot_count; ++i) root[kernel_slot_first + i] = kernel[i];
    for (unsigned i = 0; sibling != nullptr && i < entries_per_table; ++i)
        if (owns_slot(i)) root[i] = sibling[i];

    if (kind_ == TableKind::client) {
        // A server's PDPTs never change, so this copy is right for good.
        Table const* const upper = server->any_root();
        for (unsigned i = server_slot_first; i < entries_per_table; ++i) root[i] = upper[i];
    }
    if (kind_ == TableKind::server && sibling == nullptr) {
        for (unsigned i = server_slot_first; i < entries_per_table; ++i) {
            auto const pdpt = memory_.allocate_frame(quota_);
            if (!pdpt) {
                while (i-- > server_slot_first) memory_.free_frame(root[i].table_address(), quota_);
                memory_.free_frame(frame, quota_);
                return pdpt.error();
            }
            root[i] = Pte::table(pdpt.value(), privilege());
        }
    }
    roots_[cpu] = frame;
    return frame;
}

Result<Ok, Error> PageTable::become_server(unsigned cpu)
{
    ensure(kind_ == TableKind::ordinary);
    PhysAddr old[max_cpus];
    for (unsigned i = 0; i < max_cpus; ++i) {
        old[i] = roots_[i];
        for (unsigned slot = 0; old[i] != PhysAddr{} && slot < kernel_slot_first; ++slot)
            if (table_at(old[i])[slot].is_present()) return Error::invalid_parameter;
    }
    for (PhysAddr& root : roots_) root = PhysAddr{};
    kind_ = TableKind::server;
    auto const made = make_root(cpu);
    if (!made) {
        kind_ = TableKind::ordinary;
        for (unsigned i = 0; i < max_cpus; ++i) roots_[i] = old[i];
        return made.error();
    }
    for (PhysAddr root : old)
        if (root != PhysAddr{}) memory_.free_frame(root, quota_);
    return Ok{};
}

// ---- Finding -------------------------------------------------------------------------------------------------------

PageTable::Slot PageTable::find(VirtAddr address) const
{
    Table* table = any_root();
    if (table == nullptr) return {nullptr, 4, Pte{}};
    for (unsigned level = 4;; --level) {
        Pte* const entry = &table[index_of(address.raw(), level)];
        Pte const pte = load(entry);
        if (!pte.is_present() || pte.is_leaf(level)) return {entry, level, pte};
        table = table_at(pte.table_address());
    }
}

bool PageTable::find_next(Word& first, Word last, Slot& slot) const
{
    for (;;) {
        slot = find(VirtAddr{first});
        if (slot.is_present()) return true;
        // Other holes of the same table need no walk from the root.
        Pte const* entry = slot.entry;
        do {
            Word const end_of_hole = first | low_mask(slot.log2size());
            if (entry++ == nullptr || end_of_hole >= last) return false;
            first = end_of_hole + 1;
        } while (index_of(first, slot.level) != 0 && !entry->is_present());
    }
}

Mapping* PageTable::mapping(Pte const* entry) const
{
    TableInfo const table = info(entry);
    if (!table.has_shadow()) return nullptr;
    return direct_map<Mapping*>(table.shadow())[(physical(entry).raw() & low_mask(page_bits)) / sizeof(Pte)];
}

void PageTable::set_mapping(Slot const& slot, Mapping* node)
{
    TableInfo const table = info(slot.entry);
    direct_map<Mapping*>(table.shadow())[(physical(slot.entry).raw() & low_mask(page_bits)) / sizeof(Pte)] = node;
}

// ---- Entries and tables --------------------------------------------------------------------------------------------

/// The PML4s of all processors agree on the owner's slots (gate.md, rule 18).
void PageTable::set_entry(Pte* entry, unsigned level, Pte value)
{
    if (level < 4) {
        store(entry, value);
        return;
    }
    Word const slot = (physical(entry).raw() & low_mask(page_bits)) / sizeof(Pte);
    for (PhysAddr root : roots_)
        if (root != PhysAddr{}) store(&table_at(root)[slot], value);
}

void PageTable::link(Pte* entry, unsigned level, Pte value)
{
    set_entry(entry, level, value);
    if (level < 4) info(entry).add_used();
}

void PageTable::unlink(Pte* entry, unsigned level)
{
    set_entry(entry, level, Pte{});
    if (level < 4) info(entry).drop_used();
}

/// The entry of a level for an address; makes the tables on the way, or changes nothing.
Result<Pte*, Error> PageTable::descend(VirtAddr where, unsigned target, TlbBatch& batch)
{
    ScopeGuard give_back{[&] { prune(where, batch); }};
    Table* table = any_root();
    if (table == nullptr) {
        give_back.dismiss();
        return Error::no_memory;
    }
    for (unsigned level = 4;; --level) {
        Pte* entry = &table[index_of(where.raw(), level)];
        if (entry->is_present() && (level == target || entry->is_leaf(level)))
            entry = TRY(give_way(entry, level, target, batch));
        if (level == target) {
            give_back.dismiss();
            return entry;
        }
        if (!entry->is_present()) {
            PhysAddr const frame = TRY(memory_.allocate_frame(quota_));
            link(entry, level, Pte::table(frame, privilege()));
        }
        table = table_at(entry->table_address());
    }
}

/// What stands in the way of a leaf on level `target`: a larger leaf, smaller ones, or one of the same size (which stays,
/// to be overwritten). Pages change their size by clear, flush, set (gate.md, rule 18).
Result<Pte*, Error> PageTable::give_way(Pte* entry, unsigned level, unsigned target, TlbBatch& batch)
{
    if (entry->is_leaf(level)) {
        if (is_foreign(entry)) return Error::invalid_parameter;
        if (level == target) return entry;
        if (kind_ == TableKind::server) {
            TRY(split(entry));
            return entry;
        }
        PhysAddr const frame = TRY(memory_.allocate_frame(quota_));
        set_entry(entry, level, Pte{});
        flush_tlb(*this);
        set_entry(entry, level, Pte::table(frame, privilege()));
        return entry;
    }
    if (holds_foreign_pages(*entry, level)) return Error::invalid_parameter;
    Budget unlimited{~Word{0}};
    (void)destroy_below(entry, level, batch, unlimited);
    flush_tlb(*this);
    return entry;
}

/// In the table that an entry of this level, 2 or 3, points to, or below, is a page that has a node or is pinned.
bool PageTable::holds_foreign_pages(Pte table_entry, unsigned level) const
{
    TableInfo const table = info_of(table_entry);
    if (table.used() == 0 || (level == 2 && !table.has_shadow() && !table.has_pinned())) return false;
    Table const* const entries = table_at(table_entry.table_address());
    for (unsigned i = 0; i < entries_per_table; ++i) {
        if (!entries[i].is_present()) continue;
        if (entries[i].is_leaf(level - 1) ? is_foreign(&entries[i]) : holds_foreign_pages(entries[i], level - 1))
            return true;
    }
    return false;
}

/// Small pages in place of a large one: same frames, rights, memory type and status.
Result<Ok, Error> PageTable::split(Pte* entry)
{
    PhysAddr const frame = TRY(memory_.allocate_frame(quota_));
    Table* const table = table_at(frame);
    store(entry, load(entry).without_status());
    flush_tlb(*this);
    Pte const large = exchange(entry, Pte{});
    flush_tlb(*this);
    for (unsigned i = 0; i < entries_per_table; ++i) {
        table[i] = Pte::leaf_like(large, 2, large.leaf_address(2) + i * page_size, PageSize::small, large.rights(),
                                  privilege());
        info(table).add_used();
    }
    set_entry(entry, 2, Pte::table(frame, privilege()));
    return Ok{};
}

Result<Ok, Error> PageTable::make_shadow(Pte const* entry)
{
    TableInfo table = info(entry);
    if (!table.has_shadow()) table.set_shadow(TRY(memory_.allocate_frame(quota_)));
    return Ok{};
}

/// Frees the table that `entry` points to. What it holds is forgotten.
void PageTable::free_table(Pte* entry, unsigned level, TlbBatch& batch)
{
    PhysAddr const table = entry->table_address();
    PhysAddr const shadow = info_of(*entry).shadow();
    unlink(entry, level);
    batch.changed(*this);
    batch.free_later(table);
    quota_.release(page_size);
    if (shadow == PhysAddr{}) return;
    batch.free_later(shadow);
    quota_.release(page_size);
}

/// Frees the tables around an address that hold nothing.
void PageTable::prune(VirtAddr where, TlbBatch& batch)
{
    Pte* path[5];
    Table* table = any_root();
    unsigned lowest = 5;
    for (unsigned level = 4; level > 1; --level) {
        Pte* const entry = &table[index_of(where.raw(), level)];
        if (!entry->is_present() || entry->is_leaf(level)) break;
        path[level] = entry;
        lowest = level;
        table = table_at(entry->table_address());
    }
    for (unsigned level = lowest; level <= 4; ++level) {
        if (info_of(*path[level]).used() != 0 || !owns_table(level)) return;
        free_table(path[level], level, batch);
    }
}

// ---- Leaves with nodes ---------------------------------------------------------------------------------------------

Result<Ok, Error> PageTable::insert(VirtAddr where, PageSize size, Pte leaf, Mapping* node, TlbBatch& batch)
{
    Pte* const entry = TRY(descend(where, level_of(size), batch));
    ensure(!entry->is_present());
    if (node != nullptr) {
        ScopeGuard give_back{[&] { prune(where, batch); }};
        TRY(make_shadow(entry));
        give_back.dismiss();
    }
    link(entry, level_of(size), leaf);
    if (leaf.is_pinned()) info(entry).set_pinned();
    if (node != nullptr) set_mapping({entry, level_of(size), leaf}, node);
    return Ok{};
}

Pte PageTable::remove(VirtAddr where, Slot const& slot, TlbBatch& batch)
{
    if (info(slot.entry).has_shadow()) set_mapping(slot, nullptr);
    Pte const old = exchange(slot.entry, Pte{});
    info(slot.entry).drop_used();
    batch.changed(*this);
    if (info(slot.entry).used() == 0) prune(where, batch);
    return old;
}

void PageTable::restrict_to(Slot const& slot, Rights rights, TlbBatch& batch)
{
    if (clear_rights(slot.entry, rights)) batch.changed(*this);
}

void PageTable::extend(Slot const& slot, Rights rights) { set_rights(slot.entry, rights); }

bool PageTable::set_attribute(Slot const& slot, CacheAttribute attribute, TlbBatch& batch)
{
    bool const changes = pecan::set_attribute(slot.entry, slot.size(), attribute);
    if (changes) batch.changed(*this);
    return changes;
}

PageStatus PageTable::take_status(Slot const& slot, TlbBatch& batch)
{
    PageStatus const status = clear_status(slot.entry);
    if (status.any()) batch.changed(*this);
    return status;
}

// ---- The end -------------------------------------------------------------------------------------------------------

Progress PageTable::destroy_below(Pte* entry, unsigned level, TlbBatch& batch, Budget& budget)
{
    Table* const table = table_at(entry->table_address());
    for (unsigned i = 0; level > 2 && info_of(*entry).used() != 0; ++i) {
        i = next_present(table, i, entries_per_table - 1);
        if (i == entries_per_table) break;
        if (table[i].is_leaf(level - 1)) continue;
        if (destroy_below(&table[i], level - 1, batch, budget) == Progress::again) return Progress::again;
    }
    free_table(entry, level, batch);
    budget.spend();
    return budget.is_exhausted() ? Progress::again : Progress::done;
}

Progress PageTable::destroy(Budget& budget)
{
    TlbBatch batch{memory_};
    Table* const root = any_root();
    if (root == nullptr) return Progress::done;
    // All others are full.
    unsigned const first = kind_ == TableKind::server ? server_slot_first : 0;
    unsigned const last = kind_ == TableKind::server ? entries_per_table - 1 : kernel_slot_first - 1;
    for (unsigned slot = first; (slot = next_present(root, slot, last)) <= last; ++slot) {
        if (destroy_below(&root[slot], 4, batch, budget) == Progress::again) return Progress::again;
    }
    batch.changed(*this);
    for (PhysAddr& frame : roots_) {
        if (frame == PhysAddr{}) continue;
        batch.free_later(frame);
        quota_.release(page_size);
        frame = PhysAddr{};
    }
    return Progress::done;
}

} // namespace pecan
