// SPDX-License-Identifier: BSD-2-Clause
/// I/O ports: which space holds which, and from whom it has them.
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/memory/kernel_memory.hpp"
#include "kernel/memory/object_pool.hpp"
#include "kernel/space/progress.hpp"
#include "kernel/support/list.hpp"

namespace pecan {

inline constexpr Word port_count = 65536;

/// Ports first to last, inclusive.
struct PortRange {
    Word first;
    Word last;

    static PortRange of(Fpage fpage) { return {fpage.io_base(), fpage.io_base() + fpage.io_count() - 1}; }
    bool overlaps(PortRange o) const { return first <= o.last && o.first <= last; }
    PortRange intersection(PortRange o) const
    {
        return {first > o.first ? first : o.first, last < o.last ? last : o.last};
    }
    Word count() const { return last - first + 1; }
};

class IoPorts;
struct GivenTag;
struct ReceivedTag;

/// `source` gave ports to `receiver`. A space has each port from one giver at most (a port that it holds already is not
/// given again), so the grants of one port form a tree with sigma0 at the root.
struct PortGrant : Link<GivenTag>, Link<ReceivedTag> {
    PortGrant(IoPorts& s, IoPorts& r, PortRange p) : source{s}, receiver{r}, ports{p} {}
    IoPorts& source;
    IoPorts& receiver;
    PortRange ports;
};

/// The ports of one space. UP: the kernel runs with interrupts off; with more processors, the kernel lock guards it.
class IoPorts {
public:
    static constexpr unsigned frame_count = 2;

    IoPorts(Quota& quota, bool holds_all) : quota_{quota}, holds_all_{holds_all} {}
    IoPorts(IoPorts const&) = delete;
    IoPorts& operator=(IoPorts const&) = delete;

    bool holds(Word port) const;
    bool holds_all() const { return holds_all_; }
    /// The two frames of the bitmap, in the form of the TSS (a clear bit allows the port); address 0: the space has
    /// never held a port (or holds all, as sigma0).
    PhysAddr bitmap_frame(unsigned n) const { return bitmap_[n]; }

private:
    friend class PortDatabase;
    void set(PortRange ports, bool allowed);
    unsigned char& byte(Word port) const;

    Quota& quota_;
    bool holds_all_;
    PhysAddr bitmap_[frame_count]{};
    List<PortGrant, GivenTag> given_;
    List<PortGrant, ReceivedTag> received_;
};

/// Map, grant and unmap of I/O fpages (x2-amd64.md, 6.6 and 7): idempotent, and unmap always removes.
class PortDatabase {
public:
    constexpr explicit PortDatabase(KernelMemory& memory) : memory_{memory}, grants_{memory} {}

    /// The ports of the fpage that `from` holds and `to` does not, as far as they lie in `window` (an I/O fpage or the
    /// complete space; any other: nothing). Error::no_memory: some may have been mapped. Granted ports leave `from`.
    Result<Ok, Error> map(IoPorts& from, Fpage fpage, IoPorts& to, Fpage window, bool grant);
    /// Takes the ports from all that have them from `space`, directly or not; with `flush` from itself too. Call again
    /// until done.
    Progress unmap(IoPorts& space, Fpage fpage, bool flush, Budget& budget);
    /// For the deletion of a space: takes all its ports and frees the bitmap.
    Progress unmap_all(IoPorts& space, Budget& budget);

    Word grant_count() const { return grants_.count(); }

private:
    Result<Ok, Error> give(IoPorts& from, IoPorts& to, PortRange ports);
    Result<Ok, Error> give_run(IoPorts& from, IoPorts& to, PortRange ports);
    Result<Ok, Error> hand_over(IoPorts& from, IoPorts& to, PortRange ports);
    Result<Ok, Error> note_grant(IoPorts& from, IoPorts& to, PortRange ports);
    Result<Ok, Error> make_bitmap(IoPorts& ports);
    void free_bitmap(IoPorts& ports);
    Progress take_from_receivers(IoPorts& source, PortRange ports, Budget& budget);
    Progress take_from(IoPorts& holder, PortRange ports, Budget& budget);
    [[nodiscard]] bool cut(PortGrant& grant, PortRange ports);
    void destroy(PortGrant& grant);

    KernelMemory& memory_;
    ObjectPool<PortGrant> grants_;
};

/// Hook of the machine: the bitmap of a space has changed or has appeared or gone. (The space may be the one whose
/// bitmap the processor uses.)
void io_bitmap_changed(IoPorts const& ports);

} // namespace pecan
