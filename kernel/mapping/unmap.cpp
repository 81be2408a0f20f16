// SPDX-License-Identifier: BSD-2-Clause
/// Unmap: taking rights, or pages, from a page's subtree.
///
/// Steps are changes. Nodes that need none are passed without counting, so a call always gets further; their number is
/// bounded by what the owners of the nodes have paid for.
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

// ---- Removing ------------------------------------------------------------------------------------------------------

Progress MappingDatabase::remove_leaf(Mapping& leaf, PageStatus& status, TlbBatch& batch, Budget& budget)
{
    Space& space = leaf.space();
    if (space.is_server() && take_from_clients(leaf, Rights::all(), budget) == Progress::again) return Progress::again;

    Pte const old = space.page_table().remove(leaf.address(), slot_of(leaf), batch);
    status = leaf.take_status() | old.status();
    if (leaf.parent() != nullptr) leaf.parent()->add_status(status);
    forget_client_search(leaf);
    leaf.unlink();
    nodes_.destroy(&leaf, space.quota());
    budget.spend();
    return Progress::done;
}

/// Removes a page and all that is derived from it, leaves first: in between it is a smaller tree. `status` is that of
/// the whole when done.
Progress MappingDatabase::remove_subtree(Mapping& root, PageStatus& status, TlbBatch& batch, Budget& budget)
{
    Mapping* leaf = root.first_leaf();
    for (;;) {
        bool const is_root = leaf == &root;
        Mapping* const parent = leaf->parent();
        if (remove_leaf(*leaf, status, batch, budget) == Progress::again) return Progress::again;
        if (is_root) return Progress::done;
        if (budget.is_exhausted()) return Progress::again;
        leaf = parent->first_leaf();
    }
}

/// Removes all that is derived from these frames of a page. A larger page derived from it goes as a whole.
Progress MappingDatabase::remove_below(Mapping& root, PhysRange frames, TlbBatch& batch, Budget& budget)
{
    Mapping* before = &root;
    while (Mapping* page = before->next_in(root)) {
        if (!page->frames().overlaps(frames)) {
            before = page;
            continue;
        }
        PageStatus status;
        if (remove_subtree(*page, status, batch, budget) == Progress::again) return Progress::again;
        if (budget.is_exhausted()) return Progress::again;
    }
    return Progress::done;
}

// ---- Restricting ---------------------------------------------------------------------------------------------------

Progress MappingDatabase::restrict_page(Mapping& page, Rights revoked, TlbBatch& batch, Budget& budget)
{
    PageTable::Slot const slot = slot_of(page);
    bool const has_them = (slot.pte.rights() & revoked) != Rights::none();
    if (has_them) {
        page.space().page_table().restrict_to(slot, Rights::all().without(revoked), batch);
        budget.spend();
    }
    if (!page.space().is_server()) return Progress::done;
    bool const is_searching = (page.revoking() & revoked) != Rights::none();
    if (!has_them && !is_searching) return Progress::done;
    if (take_from_clients(page, revoked, budget) == Progress::again) return Progress::again;
    if (!page.revoking().read()) page.clear_revoking();
    return Progress::done;
}

/// Takes rights other than 'read' from all that is derived from these frames of a page, and if asked from itself.
Progress MappingDatabase::restrict_subtree(Mapping& root, bool with_root, PhysRange frames, Rights revoked,
                                           TlbBatch& batch, Budget& budget)
{
    for (Mapping* page = with_root ? &root : root.next_in(root); page != nullptr; page = page->next_in(root)) {
        if (!page->frames().overlaps(frames)) continue;
        if (restrict_page(*page, revoked, batch, budget) == Progress::again) return Progress::again;
        if (budget.is_exhausted()) return Progress::again;
    }
    return Progress::done;
}

// ---- Status --------------------------------------------------------------------------------------------------------

/// What a page and all that is derived from these frames of it were used for, which is thereby forgotten.
PageStatus MappingDatabase::collect_status(Mapping& root, PhysRange frames, TlbBatch& batch)
{
    PageStatus status;
    for (Mapping* page = &root; page != nullptr; page = page->next_in(root)) {
        if (page != &root && !page->frames().overlaps(frames)) continue;
        status = status | page->take_status() | page->space().page_table().take_status(slot_of(*page), batch);
    }
    return status;
}

// ---- Unmap ---------------------------------------------------------------------------------------------------------

/// One page of the caller's; `part` is what the fpage covers of it. With flush the whole page is meant.
Progress MappingDatabase::unmap_page(UnmapOperation& op, Mapping& page, PhysRange part, TlbBatch& batch, Budget& budget)
{
    Rights const revoked = op.fpage.rights();
    PhysRange const frames = op.flush ? page.frames() : part;
    PageStatus status;
    if (revoked == Rights::all()) {
        Progress const progress =
            op.flush ? remove_subtree(page, status, batch, budget) : remove_below(page, frames, batch, budget);
        if (progress == Progress::again) return Progress::again;
        if (op.flush) {
            op.status = op.status | status;
            return Progress::done;
        }
    } else if (Rights const taken = revoked.without(Rights{L4_RIGHT_R}); taken != Rights::none()) {
        // Without 'read' there is no page on this processor, so 'read' alone stays.
        if (restrict_subtree(page, op.flush, frames, taken, batch, budget) == Progress::again) return Progress::again;
    }
    status = collect_status(page, frames, batch);
    // The page's giver has not seen it yet.
    if (page.parent() != nullptr) page.parent()->add_status(status);
    op.status = op.status | status;
    return Progress::done;
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
    TlbBatch batch{memory_};
    Word first = area.first;
    PageTable::Slot slot;
    while (table.find_next(first, area.last, slot)) {
        VirtRange const page = slot.range(VirtAddr{first});
        if (Mapping* const node = table.mapping(slot)) {
            PageStatus status;
            if (remove_subtree(*node, status, batch, budget) == Progress::again) return Progress::again;
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
