// SPDX-License-Identifier: BSD-2-Clause
/// A four-level page table of x86-64.
#pragma once

#include "kernel/arch/x86/pte.hpp"
#include "kernel/memory/direct_map.hpp"
#include "kernel/memory/kernel_memory.hpp"
#include "kernel/space/page_size.hpp"
#include "kernel/space/progress.hpp"
#include "kernel/space/tlb.hpp"

namespace pecan {

class Mapping;

inline constexpr unsigned max_cpus = 1;

/// Which slots of the PML4 are the owner's, and who may access its pages.
enum class TableKind : std::uint8_t {
    ordinary, ///< slots 0 to 255, user pages
    server,   ///< slots 272 to 511, supervisor pages; their PDPTs exist from the start and never change
    client,   ///< slots 0 to 255, user pages; slots 272 to 511 are copied from its server
};

inline constexpr unsigned entries_per_table = 512;
inline constexpr unsigned kernel_slot_first = 256;
inline constexpr unsigned kernel_slot_count = 16;
inline constexpr unsigned server_slot_first = 272;

/// Hook of the machine: the 16 entries of slots 256 to 271 of each PML4 of that kind on that processor.
Pte const* kernel_slots(TableKind kind, unsigned cpu);

/// The information word of a frame that holds a table: entries in use (bits 0 to 9), pinned pages inside (bit 10), and
/// the frame with the Mapping pointers of its entries (from bit 12), 0 until the first of them has one.
class TableInfo {
public:
    explicit TableInfo(Word& word) : word_{word} {}
    unsigned used() const { return static_cast<unsigned>(word_ & 0x3ff); }
    void add_used() { ++word_; }
    void drop_used() { --word_; }
    bool has_pinned() const { return (word_ & 0x400) != 0; }
    void set_pinned() { word_ |= 0x400; }
    PhysAddr shadow() const { return PhysAddr{word_ & ~low_mask(page_bits)}; }
    bool has_shadow() const { return shadow() != PhysAddr{}; }
    void set_shadow(PhysAddr frame) { word_ |= frame.raw(); }

private:
    Word& word_;
};

/// Entries of spaces and servers can carry a Mapping; those of clients never do.
///
///     PML4 per CPU ---> PDPT ---> page directory ---> page table        tables shared between the CPUs
///                                    |  info word        |  info word
///                                  shadow page         shadow page      512 Mapping*, made when first needed
///
/// Tables are charged to the quota. UP: the kernel runs with interrupts off; with more processors, the kernel lock
/// guards every change. The processor sets accessed and dirty bits at any time: entries in use are changed atomically.
class PageTable {
public:
    PageTable(KernelMemory& memory, Quota& quota, TableKind kind) : memory_{memory}, quota_{quota}, kind_{kind} {}
    PageTable(PageTable const&) = delete;
    PageTable& operator=(PageTable const&) = delete;

    /// The entry that decides about an address, on whatever level it stands.
    struct Slot {
        Pte* entry;     ///< nullptr if there is no PML4 yet
        unsigned level; ///< 1: 4 KiB, 2: 2 MiB, 3: 1 GiB, 4: a hole of 512 GiB
        Pte pte;        ///< its value when it was looked up

        bool is_present() const { return pte.is_present(); }
        Word log2size() const { return log2_of_entry(level); }
        /// Size of the leaf; a hole's entry has no size of its own.
        PageSize size() const { return static_cast<PageSize>(log2size()); }
        /// The page, or the hole around `address`.
        VirtRange range(VirtAddr address) const
        {
            return {address.raw() & ~low_mask(log2size()), address.raw() | low_mask(log2size())};
        }
        PhysAddr page() const { return pte.leaf_address(level); }
        /// Where `address`, which the leaf covers, is in physical memory.
        PhysAddr phys(VirtAddr address) const { return page() + (address.raw() & low_mask(log2size())); }
    };

    TableKind kind() const { return kind_; }
    KernelMemory& memory() const { return memory_; }
    Privilege privilege() const { return kind_ == TableKind::server ? Privilege::supervisor : Privilege::user; }
    Quota& quota() { return quota_; }

    /// The PML4 of a processor; address 0: there is none yet.
    PhysAddr root(unsigned cpu) const { return roots_[cpu]; }
    /// Makes that of `cpu` if it does not exist. A server's PDPTs are made with its first; a client's upper half is a
    /// copy of `server`'s.
    Result<PhysAddr, Error> make_root(unsigned cpu, PageTable const* server = nullptr);

    /// An ordinary table in which nothing is mapped becomes a server's.
    Result<Ok, Error> become_server(unsigned cpu);

    /// The leaf, or the largest hole known, at an address. Not for addresses in slots of the kernel.
    Slot find(VirtAddr address) const;
    /// The first leaf that overlaps [first, last]; false if there is none. `first` moves to where it starts (or stays
    /// if inside).
    bool find_next(Word& first, Word last, Slot& slot) const;

    /// The node of a leaf; nullptr if it has none.
    Mapping* mapping(Slot const& slot) const { return mapping(slot.entry); }
    Mapping* mapping(Pte const* entry) const;

    /// Enters a leaf, making tables as needed; on Error::no_memory nothing has changed. Nothing may be mapped there;
    /// empty tables may.
    Result<Ok, Error> insert(VirtAddr where, PageSize size, Pte leaf, Mapping* node, TlbBatch& batch);
    /// Removes a leaf and the tables that are empty now; returns what the entry was.
    Pte remove(VirtAddr where, Slot const& slot, TlbBatch& batch);
    /// Another node for a leaf that has one.
    void set_mapping(Slot const& slot, Mapping* node);
    /// Takes rights from a leaf.
    void restrict_to(Slot const& slot, Rights rights, TlbBatch& batch);
    /// Adds rights to a leaf.
    void extend(Slot const& slot, Rights rights);
    /// Another memory type for a leaf; true if that changed it.
    bool set_attribute(Slot const& slot, CacheAttribute attribute, TlbBatch& batch);
    /// What the processor noted, which is thereby forgotten.
    PageStatus take_status(Slot const& slot, TlbBatch& batch);

    // -- Leaves without nodes: a client's half, a server's dynamic half ------------------------------------------

    /// The entry for a leaf of that size at an address, for overwriting; tables are made, what has another size there
    /// gives way: smaller pages go, a larger one goes or (in a server) is split.
    /// Error::no_memory: nothing changed; invalid_parameter: a page with a node, or pinned, is in the way.
    Result<Pte*, Error> entry_for(VirtAddr where, PageSize size, TlbBatch& batch);
    /// Overwrites an entry that entry_for() gave.
    void write_leaf(Pte* entry, Pte leaf, TlbBatch& batch);

    /// Revokes rights from all leaves without nodes in the range; with the right to read they are removed, and tables
    /// that the range covers are freed. `range.first` advances; starts where it was left if called again.
    /// A leaf that is cut: see split_at().
    Progress revoke_range(VirtRange& range, Rights rights, TlbBatch& batch, Budget& budget);
    /// The same for leaves of these frames only; tables stay.
    Progress revoke_frames(VirtRange& range, PhysRange frames, Rights rights, TlbBatch& batch, Budget& budget);
    /// Makes sure that no large leaf without node lies across `where`, by splitting it.
    Result<Ok, Error> split_at(VirtAddr where);

    /// Frees all tables. Leaves that are still there are forgotten: a space's must be gone, a client's need not. Takes
    /// a step per table.
    Progress destroy(Budget& budget);

private:
    friend struct Offsets; // arch/x86/offsets.cpp
    struct Walk;
    using Table = Pte; // the first of 512

    static Table* table_at(PhysAddr address) { return direct_map<Table>(address); }
    TableInfo info(Pte const* entry) const
    {
        return TableInfo{memory_.frames().info(physical(entry).aligned_down(page_size))};
    }
    TableInfo info_of(Pte table_entry) const { return TableInfo{memory_.frames().info(table_entry.table_address())}; }
    Table* any_root() const;
    bool owns_slot(unsigned slot) const { return kind_ == TableKind::server ? slot >= server_slot_first : slot < 256; }
    bool owns_table(unsigned entry_level) const { return kind_ != TableKind::server || entry_level < 4; }

    void set_entry(Pte* entry, unsigned level, Pte value);
    void link(Pte* entry, unsigned level, Pte value);
    void unlink(Pte* entry, unsigned level);
    Result<Pte*, Error> descend(VirtAddr where, unsigned level, TlbBatch& batch);
    Result<Pte*, Error> give_way(Pte* entry, unsigned level, unsigned target, TlbBatch& batch);
    Result<Ok, Error> split(Pte* entry);
    Result<Ok, Error> make_shadow(Pte const* entry);
    /// A leaf that the calls for leaves without nodes must leave alone.
    bool is_foreign(Pte const* entry) const
    {
        return kind_ != TableKind::client && (entry->is_pinned() || mapping(entry) != nullptr);
    }
    bool holds_foreign_pages(Pte table_entry, unsigned level) const;
    void free_table(Pte* entry, unsigned level, TlbBatch& batch);
    void prune(VirtAddr where, TlbBatch& batch);
    static void advance(Walk& walk, Word size);
    Progress visit(Walk& walk, Table* table, unsigned level);
    Progress visit_table(Walk& walk, Pte* entry, unsigned level);
    void revoke_leaf(Walk& walk, Pte* entry, unsigned level);
    Progress destroy_below(Pte* entry, unsigned level, TlbBatch& batch, Budget& budget);

    KernelMemory& memory_;
    Quota& quota_;
    TableKind kind_;
    PhysAddr roots_[max_cpus]{};
};

} // namespace pecan
