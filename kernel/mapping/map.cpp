// SPDX-License-Identifier: BSD-2-Clause
/// Map and grant: a transfer goes piece by piece, a piece being one hardware page of the destination.
#include "kernel/mapping/client_search.hpp"
#include "kernel/mapping/mapping_database.hpp"
#include "kernel/support/scope_guard.hpp"

namespace pecan {

/// One page that is to be entered, from a page that is at least as large.
struct MappingDatabase::Piece {
    Word source;
    Word destination;
    PageTable::Slot slot; ///< the source's leaf
    Mapping* node;        ///< and its node
    PageSize size;
    Rights rights; ///< what the destination gets

    PhysAddr frame() const { return slot.phys(VirtAddr{source}); }
    bool is_whole_page() const { return slot.size() == size; }
};

namespace {

/// On by `bytes`; behind the end the transfer is over.
void advance(MapOperation& op, Transfer const& transfer, Word bytes)
{
    if (bytes > transfer.last - op.offset) {
        op.phase = op.moves_pages() ? MapOperation::Phase::flushing : MapOperation::Phase::finished;
        op.offset = 0;
    } else {
        op.offset += bytes;
    }
}

/// Over everything up to and with `last`, an address of the side that is now at `address`.
void advance_behind(MapOperation& op, Transfer const& transfer, Word address, Word last)
{
    Word const distance = last - address;
    advance(op, transfer, distance == ~Word{0} ? distance : distance + 1);
}

/// The largest page that what is left of the transfer has room for at this place.
PageSize largest_page(MapOperation const& op, Transfer const& transfer)
{
    Word const source = transfer.source + op.offset;
    Word const destination = transfer.destination + op.offset;
    for (PageSize size : {PageSize::huge, PageSize::large}) {
        VirtRange const range{destination, destination + bytes_of(size) - 1};
        VirtRange area;
        if (is_aligned(source | destination, bytes_of(size)) && transfer.last - op.offset >= bytes_of(size) - 1 &&
            op.to->user_area().contains(range) && !op.to->kernel_area_over(range, area))
            return size;
    }
    return PageSize::small;
}

} // namespace

Progress MappingDatabase::map(MapOperation& op, Budget& budget)
{
    Transfer const transfer = Transfer::of(op.fpage, op.hot_spot, op.window);
    if (transfer.is_empty || op.fpage.rights() == Rights::none()) op.phase = MapOperation::Phase::finished;
    TlbBatch batch{memory_};
    while (op.phase == MapOperation::Phase::transferring) {
        switch (map_next(op, transfer, batch, budget)) {
        case Step::advanced: budget.spend(); break;
        case Step::repeat: break;
        case Step::out_of_memory:
            op.error = Error::no_memory;
            op.phase = MapOperation::Phase::finished;
            break;
        }
        if (op.phase != MapOperation::Phase::finished && budget.is_exhausted()) return Progress::again;
    }
    return op.phase == MapOperation::Phase::flushing ? flush_granted(op, batch, budget) : Progress::done;
}

/// What comes next: something that cannot be mapped is passed, a page is entered.
MappingDatabase::Step MappingDatabase::map_next(MapOperation& op, Transfer const& transfer, TlbBatch& batch,
                                                Budget& budget)
{
    Word const source = transfer.source + op.offset;
    Word const destination = transfer.destination + op.offset;
    VirtRange const from = op.from->user_area();
    VirtRange const to = op.to->user_area();
    if (source > from.last || destination > to.last) {
        advance(op, transfer, ~Word{0});
        return Step::advanced;
    }
    if (source < from.first || destination < to.first) {
        Word const by_source = source < from.first ? from.first - source : 0;
        Word const by_destination = destination < to.first ? to.first - destination : 0;
        advance(op, transfer, by_source > by_destination ? by_source : by_destination);
        return Step::advanced;
    }
    VirtRange area;
    if (op.to->kernel_area_over({destination, destination + page_size - 1}, area)) {
        advance_behind(op, transfer, destination, area.last);
        return Step::advanced;
    }

    PageTable::Slot const slot = op.from->page_table().find(VirtAddr{source});
    if (!slot.is_present()) return skip_hole(op, transfer, slot, batch);
    // Kernel pages and a server's dynamic pages have no node and cannot be sent, nor can a page that is about to go
    // (unless it goes because of this very grant).
    Mapping* const node = op.from->page_table().mapping(slot);
    if (node == nullptr || (node->revoking().read() && !op.moves_pages())) {
        advance_behind(op, transfer, source, slot.range(VirtAddr{source}).last);
        return Step::advanced;
    }
    PageSize const largest = largest_page(op, transfer);
    // Presence implies 'read' on this processor.
    Rights const rights = op.fpage.rights() & slot.pte.rights();
    Piece const piece{source,
                      destination,
                      slot,
                      node,
                      largest < slot.size() ? largest : slot.size(),
                      rights == Rights::none() ? rights : rights | Rights{L4_RIGHT_R}};
    return map_piece(op, transfer, piece, batch, budget);
}

/// Holes are skipped, but sigma0 has none: there the page is made.
MappingDatabase::Step MappingDatabase::skip_hole(MapOperation& op, Transfer const& transfer,
                                                 PageTable::Slot const& slot, TlbBatch& batch)
{
    Word const source = transfer.source + op.offset;
    if (!op.from->is_sigma0()) {
        advance_behind(op, transfer, source, slot.range(VirtAddr{source}).last);
        return Step::advanced;
    }
    bool const is_huge = largest_page(op, transfer) == PageSize::huge;
    auto const provided = provide(*op.from, VirtAddr{source}, is_huge ? PageSize::huge : PageSize::large, batch);
    if (provided) return Step::repeat;
    if (provided.error() == Error::no_memory) return Step::out_of_memory;
    PhysRange const* const reserved = layout_.reserved_over({PhysAddr{source}, page_size});
    if (source >= layout_.limit())
        advance(op, transfer, ~Word{0});
    else
        advance(op, transfer, reserved != nullptr ? reserved->end().raw() - source : page_size);
    return Step::advanced;
}

MappingDatabase::Step MappingDatabase::map_piece(MapOperation& op, Transfer const& transfer, Piece const& piece,
                                                 TlbBatch& batch, Budget& budget)
{
    bool const onto_itself = op.from == op.to && piece.source == piece.destination;
    Step step = Step::advanced;
    if (!onto_itself && piece.rights != Rights::none()) {
        switch (make_room(op, piece, batch, budget)) {
        case Room::settled: break;
        case Room::flushed:
            // The source may have been derived from what was there: look at everything afresh. And a page of another
            // size must not come before the flush.
            batch.flush();
            return Step::repeat;
        case Room::free:
            if (!op.moves_pages())
                step = enter(op, piece, *piece.node, *piece.node, batch);
            else if (piece.is_whole_page())
                step = grant_page(op, piece, batch, budget);
            // A part comes from where the page came from; then the page leaves the sender as a whole. Walks that have the
            // page still before them come to the part too.
            else
                step = enter(op, piece, *piece.node->parent(), *piece.node->before(), batch);
        }
    }
    if (step == Step::advanced) advance(op, transfer, bytes_of(piece.size));
    return step;
}

/// Looks at the destination, and flushes one page of what is there if it is something else.
MappingDatabase::Room MappingDatabase::make_room(MapOperation& op, Piece const& piece, TlbBatch& batch, Budget& budget)
{
    PageTable& table = op.to->page_table();
    Word first = piece.destination;
    PageTable::Slot slot;
    if (!table.find_next(first, piece.destination + bytes_of(piece.size) - 1, slot)) return Room::free;
    Mapping* const there = table.mapping(slot);
    if (there == nullptr) {
        if (slot.pte.is_pinned()) return Room::settled;
        table.remove(VirtAddr{first}, slot, batch);
        budget.spend();
        return Room::flushed;
    }
    Mapping const* const origin =
        op.moves_pages() ? (piece.is_whole_page() ? nullptr : piece.node->parent()) : piece.node;
    bool const same_page = there->parent() == origin && origin != nullptr && first == piece.destination &&
                           slot.phys(VirtAddr{first}) == piece.frame() && slot.level >= level_of(piece.size);
    if (same_page && slot.pte.rights().includes(piece.rights)) {
        op.mapped += bytes_of(piece.size);
        return Room::settled;
    }
    // (A part that is granted must stand where walks come to it, see map_piece.)
    if (same_page && slot.size() == piece.size && !op.moves_pages()) {
        table.extend(slot, piece.rights);
        op.mapped += bytes_of(piece.size);
        return Room::settled;
    }
    // Flushing what the source itself came from would leave nothing to enter.
    if (there->is_origin_of(*piece.node)) return Room::settled;
    PageStatus status;
    (void)remove_subtree(*there, op.cursors->leaf, status, batch, budget);
    return Room::flushed;
}

/// Enters a page as a child of `parent`, in preorder behind `before`.
MappingDatabase::Step MappingDatabase::enter(MapOperation& op, Piece const& piece, Mapping& parent, Mapping& before,
                                             TlbBatch& batch)
{
    if (parent.depth() == Mapping::max_depth) return Step::out_of_memory;
    PageTable& table = op.to->page_table();
    VirtAddr const where{piece.destination};
    auto const node = nodes_.create(op.to->quota(), *op.to, where, piece.size, piece.frame());
    if (!node) return Step::out_of_memory;
    Pte const leaf =
        Pte::leaf_like(piece.slot.pte, piece.slot.level, piece.frame(), piece.size, piece.rights, table.privilege());
    if (!table.insert(where, piece.size, leaf, node.value(), batch)) {
        nodes_.destroy(node.value(), op.to->quota());
        return Step::out_of_memory;
    }
    node.value()->become_child_of(parent, before);
    op.mapped += bytes_of(piece.size);
    return Step::advanced;
}

/// The destination takes the source's place in the tree, with all that is derived from it.
MappingDatabase::Step MappingDatabase::grant_page(MapOperation& op, Piece const& piece, TlbBatch& batch, Budget& budget)
{
    Mapping& page = *piece.node;
    // What the destination does not get, nobody below it keeps. (The page itself comes last: its rights say what is left
    // to do if this is interrupted.)
    Rights const lost = piece.slot.pte.rights().without(piece.rights);
    if (lost != Rights::none() &&
        restrict_below(page, page.frames(), lost, op.cursors->below, batch, budget) == Progress::again)
        return Step::repeat;
    if (op.from->is_server() && take_from_clients(page, Rights::all(), budget) == Progress::again) return Step::repeat;

    ScopeGuard stay{[&] { page.clear_revoking(); }};
    VirtAddr const where{piece.destination};
    if (!op.to->quota().charge(sizeof(Mapping))) return Step::out_of_memory;
    Pte const leaf = Pte::leaf_like(piece.slot.pte, piece.slot.level, piece.frame(), piece.size, piece.rights,
                                    op.to->page_table().privilege());
    if (!op.to->page_table().insert(where, piece.size, leaf, &page, batch)) {
        op.to->quota().release(sizeof(Mapping));
        return Step::out_of_memory;
    }
    // Nothing below can fail.
    Pte const old = op.from->page_table().remove(page.address(), piece.slot, batch);
    op.from->quota().release(sizeof(Mapping));
    if (page.parent() != nullptr) page.parent()->add_status(old.status());
    forget_client_search(page);
    page.move_to(*op.to, where);
    op.mapped += bytes_of(piece.size);
    return Step::advanced;
}

/// The end of a grant: whatever of the fpage the sender still has, leaves it.
Progress MappingDatabase::flush_granted(MapOperation& op, TlbBatch& batch, Budget& budget)
{
    PageTable const& table = op.from->page_table();
    VirtRange const area = op.from->user_area();
    Word first = op.fpage.base() > area.first ? op.fpage.base() : area.first;
    Word const last = op.fpage.last() < area.last ? op.fpage.last() : area.last;
    PageTable::Slot slot;
    while (first <= last && table.find_next(first, last, slot)) {
        VirtRange const page = slot.range(VirtAddr{first});
        if (Mapping* const node = table.mapping(slot)) {
            PageStatus status;
            if (remove_subtree(*node, op.cursors->leaf, status, batch, budget) == Progress::again)
                return Progress::again;
            if (budget.is_exhausted()) return Progress::again;
        }
        if (page.last >= last) break;
        first = page.last + 1;
    }
    op.phase = MapOperation::Phase::finished;
    return Progress::done;
}

} // namespace pecan
