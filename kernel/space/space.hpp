// SPDX-License-Identifier: BSD-2-Clause
/// Address spaces.
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/api/fpage.hpp"
#include "kernel/api/thread_id.hpp"
#include "kernel/mapping/mapping_cursor.hpp"
#include "kernel/memory/kernel_memory.hpp"
#include "kernel/space/io_ports.hpp"
#include "kernel/space/page_table.hpp"
#include "kernel/support/list.hpp"

namespace pecan {

class ClientSet;
class Tcb;
struct SpaceThreadTag;

enum class SpaceKind : std::uint8_t {
    ordinary,
    server, ///< a co-resident server: supervisor pages in the upper half
    sigma0, ///< holds every physical address idempotently, on demand
};

/// An address space: page table, kernel areas, quota, ports.
///
/// Whoever deletes one calls, each until it is done: ClientSet::destroy_all (a server's), MappingDatabase::unmap_all,
/// PortDatabase::unmap_all, Space::destroy.
/// UP: the kernel runs with interrupts off; with more processors, the kernel lock guards it.
class Space {
public:
    /// Kernel memory that a new space may use.
    static constexpr Word default_quota = 512 * page_size;

    Space(KernelMemory& memory, SpaceKind kind)
        : kind_{kind}, quota_{default_quota},
          page_table_{memory, quota_, table_kind(kind)}, io_ports_{quota_, kind == SpaceKind::sigma0}
    {
    }
    Space(Space const&) = delete;
    Space& operator=(Space const&) = delete;

    /// Makes the PML4 of this processor (and a server's PDPTs).
    Result<Ok, Error> init(unsigned cpu);
    /// An ordinary space that has nothing mapped and no areas becomes a server. Error: it stays what it was.
    Result<Ok, Error> become_server(unsigned cpu);

    SpaceKind kind() const { return kind_; }
    bool is_server() const { return kind_ == SpaceKind::server; }
    bool is_sigma0() const { return kind_ == SpaceKind::sigma0; }
    Quota& quota() { return quota_; }
    PageTable& page_table() { return page_table_; }
    PageTable const& page_table() const { return page_table_; }
    IoPorts& io_ports() { return io_ports_; }

    /// What its owner may use: below 7ffffffff000, or a server's half.
    VirtRange user_area() const;

    // -- Kernel areas (x2-amd64.md, 4.8) --------------------------------------------------------------------------

    /// Fpage of the UTCB area: at least a page, inside the user area. A server's vCPU pages follow it, they too.
    Result<Ok, Error> accepts_utcb_area(Fpage area) const;
    /// Fpage of the KIP area: at least a page, inside the user area, not over the UTCB area (and vCPU pages).
    Result<Ok, Error> accepts_kip_area(Fpage area, Fpage utcb_area) const;
    void place_areas(Fpage kip_area, Fpage utcb_area);
    bool has_areas() const { return !utcb_area_.is_nil(); }
    Fpage kip_area() const { return kip_area_; }
    Fpage utcb_area() const { return utcb_area_; }
    /// The kernel area that overlaps `range`: nothing of it can be mapped, sent or unmapped by users. False: none does.
    bool kernel_area_over(VirtRange range, VirtRange& area) const;

    /// Enters a kernel page (KIP, UTCBs, a vCPU page): no user can unmap, overmap or send it. What is mapped there
    /// already makes it Error::invalid_parameter.
    Result<Ok, Error> pin_page(VirtAddr where, PhysAddr frame, Rights rights);
    /// Removes a pinned page; its frame is the caller's. The TLB is flushed on return.
    void unpin_page(VirtAddr where);

    /// Frees the tables. Nothing but pinned pages is mapped any more.
    Progress destroy(Budget& budget);

    ClientSet* clients() const { return clients_; }
    void set_clients(ClientSet* clients) { clients_ = clients; }

    bool is_privileged{false};
    /// Who gets the messages that leave the space (X.2, SpaceControl); nilthread: they go where they are sent.
    ThreadId redirector{ThreadId::nil()};
    MappingCursor unmap_cursor; ///< of its end
    /// Its threads, active or not; the last to go takes the space with it.
    List<Tcb, SpaceThreadTag> threads;

private:
    friend struct Offsets; // arch/x86/offsets.cpp
    static TableKind table_kind(SpaceKind kind)
    {
        return kind == SpaceKind::server ? TableKind::server : TableKind::ordinary;
    }
    VirtRange kernel_part(Fpage utcb_area) const;

    SpaceKind kind_;
    Fpage kip_area_{Fpage::nil()};
    Fpage utcb_area_{Fpage::nil()};
    Quota quota_;
    PageTable page_table_;
    IoPorts io_ports_;
    ClientSet* clients_{nullptr};
};

} // namespace pecan
