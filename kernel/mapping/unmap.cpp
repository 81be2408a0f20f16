// SPDX-License-Identifier: BSD-2-Clause
/// Unmap: taking rights, or pages, from a page's subtree.
///
/// Each page that is changed or passed is a step. The cursors of the operation hold the place from call to call.
#include "kernel/mapping/client_search.hpp"
#include "kernel/mapping/mapping_database.hpp"

namespace pecan {

namespace {

PageTable::Slot slot_of(Mapping const& page)
{
    PageTable const& table = page.space().page_table();
    PageTable::Slot const slot = table.find(page.address());
    ensure(slot.is_present() && table.mapping(slot) == &page);
    return slot;
}

/// The part of the user area that Unmap means; sizes below a page count as a page. False: none.
bool range_of(UnmapOperation const& op, VirtRange& range)
{
    if (op.fpage.is_nil() || op.fpage.is_io()) return false;
    VirtRange const area = op.space->user_area();
    range = {align_down(op.fpage.base(), page_size), op.fpage.last() | low_mask(page_bits)};
    if (!range.overlaps(area)) return false;
    if (range.first < area.first) range.first = area.first;
    if (range.last > area.last) range.last = area.last;
    return true;
}

} // namespace

// ---- Clients of servers --------------------------------------------------------------------------------------------

/// Before a server loses rights, or the page ('read' revoked), its clients lose them. What is being revoked is noted in the
/// node, so that no client gets it anew while the search is interrupted.
Progress MappingDatabase::take_from_clients(Mapping& page, Rights revoked, Budget& budget)
{
    if (!page.revoking().includes(revoked)) {
        page.set_revoking(revoked);
        page.set_searched(false);
    }
    return page.is_searched() ? Progress::done : revoke_from_clients(page, budget);
}

// ---- Walking -------------------------------------------------------------------------------------------------------

/// The walk goes on behind `at` another time.
Progress MappingDatabase::stop_at(MappingCursor& cursor, Mapping& root, Mapping& at)
{
    cursor.reset();
    cursor.set(root, at);
    root.set_watched();
    at.set_watched();
    cursors_.push_back(cursor);
    return Progress::again;
}

/// Visits the pages derived from these frames of a page, in preorder. `visit` is given such a page and the one before it,
/// and returns where the walk is then; nullptr: it wants to be called again.
template <typename Visit>
Progress MappingDatabase::walk(Mapping& root, PhysRange frames, MappingCursor& cursor, Budget& budget, Visit visit)
{
    Mapping* at = &cursor.within(root);
    while (Mapping* page = at->next_in(root)) {
        Mapping* const reached = page->frames().overlaps(frames) ? visit(*at, *page) : page;
        if (reached != nullptr) at = reached;
        budget.spend();
        if (reached == nullptr || budget.is_exhausted()) return stop_at(cursor, root, *at);
    }
    cursor.reset();
    return Progress::done;
}

// ---- Removing ------------------------------------------------------------------------------------------------------

void MappingDatabase::leave_cursors(Mapping const& page)
{
    for (MappingCursor* cursor = cursors_.front(); cursor != nullptr;) {
        MappingCursor* const next = cursors_.next(*cursor);
        cursor->leave(page);
        cursor = next;
    }
}

Progress MappingDatabase::remove_leaf(Mapping& leaf, PageStatus& status, TlbBatch& batch, Budget& budget)
{
    Space& space = leaf.space();
    if (space.is_server() && take_from_clients(leaf, Rights::all(), budget) == Progress::again) return Progress::again;

    Pte const old = space.page_table().remove(leaf.address(), slot_of(leaf), batch);
    status = leaf.take_status() | old.status();
    if (leaf.parent() != nullptr) leaf.parent()->add_status(status);
    forget_client_search(leaf);
    if (leaf.is_watched()) leave_cursors(leaf);
    leaf.unlink();
    nodes_.destroy(&leaf, space.quota());
    return Progress::done;
}

/// Removes a page and all that is derived from it, leaves first: in between it is a smaller tree. `status` is that of
/// the whole when done.
Progress MappingDatabase::remove_subtree(Mapping& root, MappingCursor& cursor, PageStatus& status, TlbBatch& batch,
                                         Budget& budget)
{
    for (Mapping* at = &cursor.within(root);;) {
        bool const is_root = at == &root;
        Mapping* const child = at->next_in(*at);
        Mapping* const parent = at->parent();
        if (child == nullptr && remove_leaf(*at, status, batch, budget) == Progress::again)
            return stop_at(cursor, root, *at);
        budget.spend();
        if (child == nullptr && is_root) break;
        at = child != nullptr ? child : parent;
        if (budget.is_exhausted()) return stop_at(cursor, root, *at);
    }
    cursor.reset();
    return Progress::done;
}

// ---- Restricting ---------------------------------------------------------------------------------------------------

Progress MappingDatabase::restrict_page(Mapping& page, Rights revoked, TlbBatch& batch, Budget& budget)
{
    PageTable::Slot const slot = slot_of(page);
    bool const has_them = (slot.pte.rights() & revoked) != Rights::none();
    if (has_them) page.space().page_table().restrict_to(slot, Rights::all().without(revoked), batch);
    if (!page.space().is_server()) return Progress::done;
    bool const is_searching = (page.revoking() & revoked) != Rights::none();
    if (!has_them && !is_searching) return Progress::done;
    if (take_from_clients(page, revoked, budget) == Progress::again) return Progress::again;
    if (!page.revoking().read()) page.clear_revoking();
    return Progress::done;
}

/// Takes rights other than 'read' from all that is derived from these frames of a page.
Progress MappingDatabase::restrict_below(Mapping& root, PhysRange frames, Rights revoked, MappingCursor& cursor,
                                         TlbBatch& batch, Budget& budget)
{
    return walk(root, frames, cursor, budget, [&](Mapping&, Mapping& page) {
        return restrict_page(page, revoked, batch, budget) == Progress::done ? &page : nullptr;
    });
}

// ---- Unmap ---------------------------------------------------------------------------------------------------------

/// What a page was used for goes into what the operation reports, and its giver has not seen it yet.
void MappingDatabase::report(UnmapOperation& op, Mapping const& root, Mapping& page, TlbBatch& batch)
{
    PageStatus const status = page.take_status() | page.space().page_table().take_status(slot_of(page), batch);
    op.status = op.status | status;
    if (root.parent() != nullptr) root.parent()->add_status(status);
}

/// One page of the caller's; `part` is what the fpage covers of it. With flush the whole page is meant.
Progress MappingDatabase::unmap_page(UnmapOperation& op, Mapping& page, PhysRange part, TlbBatch& batch, Budget& budget)
{
    // Without 'read' there is no page on this processor, so 'read' alone stays.
    Rights const revoked = op.fpage.rights();
    Rights const taken = revoked.without(Rights{L4_RIGHT_R});
    PhysRange const frames = op.flush ? page.frames() : part;
    PageStatus status;
    if (revoked == Rights::all() && op.flush) {
        if (remove_subtree(page, op.cursors->leaf, status, batch, budget) == Progress::again) return Progress::again;
        op.status = op.status | status;
        return Progress::done;
    }
    if (op.flush && taken != Rights::none() && restrict_page(page, taken, batch, budget) == Progress::again)
        return Progress::again;
    Progress const below = walk(page, frames, op.cursors->below, budget, [&](Mapping& before, Mapping& derived) {
        // A larger page derived from these frames goes as a whole.
        if (revoked == Rights::all())
            return remove_subtree(derived, op.cursors->leaf, status, batch, budget) == Progress::done ? &before
                                                                                                      : nullptr;
        if (taken != Rights::none() && restrict_page(derived, taken, batch, budget) == Progress::again)
            return static_cast<Mapping*>(nullptr);
        report(op, page, derived, batch);
        return &derived;
    });
    if (below == Progress::done) report(op, page, page, batch);
    return below;
}

Progress MappingDatabase::unmap(UnmapOperation& op, Budget& budget)
{
    VirtRange range;
    if (!range_of(op, range)) return Progress::done;
    PageTable const& table = op.space->page_table();
    TlbBatch batch{memory_};
    while (op.offset <= range.last - range.first) {
        Word first = range.first + op.offset;
        PageTable::Slot slot;
        if (!table.find_next(first, range.last, slot)) break;
        op.offset = first - range.first;
        VirtRange const page = slot.range(VirtAddr{first});
        if (Mapping* const node = table.mapping(slot)) {
            Word const last = page.last < range.last ? page.last : range.last;
            PhysRange const part{slot.phys(VirtAddr{first}), last - first + 1};
            if (unmap_page(op, *node, part, batch, budget) == Progress::again) return Progress::again;
        }
        if (page.last >= range.last) break;
        op.offset = page.last + 1 - range.first;
        budget.spend();
        if (budget.is_exhausted()) return Progress::again;
    }
    // Called again when done, it stays done.
    op.offset = range.last - range.first + 1;
    return Progress::done;
}

Progress MappingDatabase::unmap_all(Space& space, Budget& budget)
{
    PageTable& table = space.page_table();
    VirtRange const area = space.user_area();
    MappingCursor& cursor = space.unmap_cursor;
    TlbBatch batch{memory_};
    Word first = area.first;
    PageTable::Slot slot;
    while (table.find_next(first, area.last, slot)) {
        VirtRange const page = slot.range(VirtAddr{first});
        if (Mapping* const node = table.mapping(slot)) {
            PageStatus status;
            if (remove_subtree(*node, cursor, status, batch, budget) == Progress::again) return Progress::again;
        } else if (!slot.pte.is_pinned()) {
            table.remove(VirtAddr{page.first}, slot, batch);
            budget.spend();
        }
        if (page.last >= area.last) break;
        first = page.last + 1;
        if (budget.is_exhausted()) return Progress::again;
    }
    return Progress::done;
}

} // namespace pecan
