// SPDX-License-Identifier: BSD-2-Clause
/// Map, grant and unmap of memory (x2-amd64.md, 7).
#pragma once

#include "kernel/mapping/mapping.hpp"
#include "kernel/mapping/mapping_cursor.hpp"
#include "kernel/mapping/transfer.hpp"
#include "kernel/memory/object_pool.hpp"
#include "kernel/space/physical_layout.hpp"
#include "kernel/space/progress.hpp"
#include "kernel/space/space.hpp"
#include "kernel/space/tlb.hpp"

namespace pecan {

/// One map or grant item. Plain data that may lie in a thread's control block between two calls. Started anew with the
/// same first part, it does over what is done already, without harm.
struct MapOperation {
    Space* from{nullptr};
    Fpage fpage{Fpage::nil()};
    Word hot_spot{0}; ///< the item's snd base
    Space* to{nullptr};
    Fpage window{Fpage::nil()};
    bool grant{false};
    MappingCursors* cursors{nullptr}; ///< of the operation that is under way; reset before the first call

    // -- how far it is
    enum class Phase : std::uint8_t { transferring, flushing, finished };
    Phase phase{Phase::transferring}; ///< flushing: what is left of a granted fpage leaves the sender
    Error error{Error::ok};           ///< when done: ok, or no_memory with the pages before in effect
    Word offset{0};                   ///< into the transfer, or into the fpage that is flushed
    Word mapped{0};                   ///< bytes entered so far, or found to be there

    /// The page changes its owner. Within one space, and from sigma0, which cannot lose anything, a grant is a map.
    bool moves_pages() const { return grant && from != to && !from->is_sigma0(); }
};

/// Unmap of one fpage. Plain data, as MapOperation.
struct UnmapOperation {
    Space* space;
    Fpage fpage; ///< its rights are revoked
    bool flush;
    MappingCursors* cursors{nullptr}; ///< as in MapOperation

    // -- how far it is
    Word offset{0};
    PageStatus status{}; ///< when done: what the fpage and all pages derived from it were used for
};

class MappingDatabase {
public:
    constexpr MappingDatabase(KernelMemory& memory, PhysicalLayout const& layout)
        : memory_{memory}, layout_{layout}, nodes_{memory}
    {
    }

    /// Until done; then see op.error. I/O fpages are not for this.
    Progress map(MapOperation& op, Budget& budget);
    /// Until done; then see op.status.
    Progress unmap(UnmapOperation& op, Budget& budget);
    /// For the deletion of a space: removes all but pinned pages, from it and recursively from others. Call until done.
    Progress unmap_all(Space& space, Budget& budget);
    /// A page fault of sigma0: the page at that address, which equals the physical one. invalid_parameter: it is not
    /// sigma0's.
    Result<Ok, Error> provide(Space& sigma0, VirtAddr address);

    Word node_count() const { return nodes_.count(); }

private:
    /// One step of a map: the offset is further; something changed but the offset stays; no memory.
    enum class Step { advanced, repeat, out_of_memory };
    /// A destination: nothing is there; what is there is what was wanted or cannot be replaced; something was flushed.
    enum class Room { free, settled, flushed };
    struct Piece;

    // map.cpp
    Step map_next(MapOperation& op, Transfer const& transfer, TlbBatch& batch, Budget& budget);
    Step skip_hole(MapOperation& op, Transfer const& transfer, PageTable::Slot const& slot, TlbBatch& batch);
    Step map_piece(MapOperation& op, Transfer const& transfer, Piece const& piece, TlbBatch& batch, Budget& budget);
    Room make_room(MapOperation& op, Piece const& piece, TlbBatch& batch, Budget& budget);
    Step enter(MapOperation& op, Piece const& piece, Mapping& parent, Mapping& before, TlbBatch& batch);
    Step grant_page(MapOperation& op, Piece const& piece, TlbBatch& batch, Budget& budget);
    Progress flush_granted(MapOperation& op, TlbBatch& batch, Budget& budget);

    // unmap.cpp
    Progress unmap_page(UnmapOperation& op, Mapping& page, PhysRange part, TlbBatch& batch, Budget& budget);
    template <typename Visit>
    Progress walk(Mapping& root, PhysRange frames, MappingCursor& cursor, Budget& budget, Visit visit);
    void leave_cursors(Mapping const& page);
    Progress stop_at(MappingCursor& cursor, Mapping& root, Mapping& at);
    Progress remove_subtree(Mapping& root, MappingCursor& cursor, PageStatus& status, TlbBatch& batch, Budget& budget);
    Progress remove_leaf(Mapping& leaf, PageStatus& status, TlbBatch& batch, Budget& budget);
    Progress restrict_below(Mapping& root, PhysRange frames, Rights revoked, MappingCursor& cursor, TlbBatch& batch,
                            Budget& budget);
    Progress restrict_page(Mapping& page, Rights revoked, TlbBatch& batch, Budget& budget);
    static void report(UnmapOperation& op, Mapping const& root, Mapping& page, TlbBatch& batch);
    Progress take_from_clients(Mapping& page, Rights revoked, Budget& budget);

    // sigma0.cpp
    Result<Ok, Error> provide(Space& sigma0, VirtAddr address, PageSize largest, TlbBatch& batch);

    KernelMemory& memory_;
    PhysicalLayout const& layout_;
    ObjectPool<Mapping> nodes_;
    List<MappingCursor, CursorTag> cursors_; ///< that are set
};

} // namespace pecan
