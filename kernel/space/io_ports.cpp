// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/io_ports.hpp"

#include "kernel/memory/direct_map.hpp"
#include "kernel/support/scope_guard.hpp"

namespace pecan {

// ---- The bitmap ----------------------------------------------------------------------------------------------------

unsigned char& IoPorts::byte(Word port) const
{
    Word const index = port / 8;
    return direct_map<unsigned char>(bitmap_[index / page_size])[index % page_size];
}

bool IoPorts::holds(Word port) const
{
    if (holds_all_) return port < port_count;
    return port < port_count && bitmap_[0] != PhysAddr{} && (byte(port) >> port % 8 & 1) == 0;
}

void IoPorts::set(PortRange ports, bool allowed)
{
    for (Word port = ports.first; port <= ports.last; ++port) {
        unsigned const bit = 1u << port % 8;
        byte(port) = static_cast<unsigned char>(allowed ? byte(port) & ~bit : byte(port) | bit);
    }
    io_bitmap_changed(*this);
}

Result<Ok, Error> PortDatabase::make_bitmap(IoPorts& ports)
{
    if (ports.bitmap_[0] != PhysAddr{}) return Ok{};
    ScopeGuard give_back{[&] { free_bitmap(ports); }};
    for (PhysAddr& frame : ports.bitmap_) {
        frame = TRY(memory_.allocate_frame(ports.quota_));
        __builtin_memset(direct_map<void>(frame), 0xff, page_size);
    }
    give_back.dismiss();
    io_bitmap_changed(ports);
    return Ok{};
}

void PortDatabase::free_bitmap(IoPorts& ports)
{
    for (PhysAddr& frame : ports.bitmap_) {
        if (frame != PhysAddr{}) memory_.free_frame(frame, ports.quota_);
        frame = PhysAddr{};
    }
}

// ---- Map and grant -------------------------------------------------------------------------------------------------

/// All of `ports` that `from` holds and `to` does not, run by run.
Result<Ok, Error> PortDatabase::give(IoPorts& from, IoPorts& to, PortRange ports)
{
    for (Word port = ports.first; port <= ports.last; ++port) {
        Word const first = port;
        while (port <= ports.last && from.holds(port) && !to.holds(port)) ++port;
        if (port != first) TRY(give_run(from, to, {first, port - 1}));
    }
    return Ok{};
}

Result<Ok, Error> PortDatabase::give_run(IoPorts& from, IoPorts& to, PortRange ports)
{
    TRY(make_bitmap(to));
    TRY(note_grant(from, to, ports));
    to.set(ports, true);
    return Ok{};
}

Result<Ok, Error> PortDatabase::note_grant(IoPorts& from, IoPorts& to, PortRange ports)
{
    PortGrant* const grant = TRY(grants_.create(to.quota_, from, to, ports));
    from.given_.push_back(*grant);
    to.received_.push_back(*grant);
    return Ok{};
}

/// `to` takes the place of `from`, whose own receivers lose the ports.
Result<Ok, Error> PortDatabase::hand_over(IoPorts& from, IoPorts& to, PortRange ports)
{
    Budget unlimited{~Word{0}};
    (void)take_from_receivers(from, ports, unlimited);
    for (PortGrant* grant = from.received_.front(); grant != nullptr; grant = from.received_.next(*grant))
        if (grant->ports.overlaps(ports)) TRY(give(grant->source, to, grant->ports.intersection(ports)));
    (void)take_from(from, ports, unlimited);
    return Ok{};
}

Result<Ok, Error> PortDatabase::map(IoPorts& from, Fpage fpage, IoPorts& to, Fpage window, bool grant)
{
    if (!fpage.is_io() || !(window.is_io() || window.is_complete())) return Ok{};
    PortRange ports = PortRange::of(fpage);
    if (window.is_io()) {
        if (!ports.overlaps(PortRange::of(window))) return Ok{};
        ports = ports.intersection(PortRange::of(window));
    }
    if (&from == &to || to.holds_all()) return Ok{};
    return grant && !from.holds_all() ? hand_over(from, to, ports) : give(from, to, ports);
}

// ---- Unmap ---------------------------------------------------------------------------------------------------------

namespace {

template <typename Tag>
PortGrant* first_over(List<PortGrant, Tag> const& list, PortRange ports)
{
    PortGrant* grant = list.front();
    while (grant != nullptr && !grant->ports.overlaps(ports)) grant = list.next(*grant);
    return grant;
}

} // namespace

void PortDatabase::destroy(PortGrant& grant)
{
    List<PortGrant, GivenTag>::remove(grant);
    List<PortGrant, ReceivedTag>::remove(grant);
    grants_.destroy(&grant, grant.receiver.quota_);
}

/// Takes `ports`, all of which the grant covers, out of it. False, and nothing is changed, if that leaves two pieces and
/// there is no memory for the second.
bool PortDatabase::cut(PortGrant& grant, PortRange ports)
{
    bool const has_before = ports.first > grant.ports.first;
    bool const has_after = ports.last < grant.ports.last;
    if (has_before && has_after && !note_grant(grant.source, grant.receiver, {ports.last + 1, grant.ports.last}))
        return false;
    grant.receiver.set(ports, false);
    if (has_before)
        grant.ports.last = ports.first - 1;
    else if (has_after)
        grant.ports.first = ports.last + 1;
    else
        destroy(grant);
    return true;
}

/// Deepest first, so that between two steps every space has its ports from one that holds them. Where there is no memory
/// to cut a grant in two, all behind the cut goes as well: revoking must not fail.
Progress PortDatabase::take_from_receivers(IoPorts& source, PortRange ports, Budget& budget)
{
    while (PortGrant* grant = first_over(source.given_, ports)) {
        PortRange part = grant->ports.intersection(ports);
        for (;;) {
            while (PortGrant* below = first_over(grant->receiver.given_, part)) {
                grant = below;
                part = grant->ports.intersection(part);
            }
            if (cut(*grant, part)) break;
            part.last = grant->ports.last;
        }
        budget.spend();
        if (budget.is_exhausted()) return Progress::again;
    }
    return Progress::done;
}

/// Takes ports from a space whose receivers have lost them.
Progress PortDatabase::take_from(IoPorts& holder, PortRange ports, Budget& budget)
{
    while (PortGrant* grant = first_over(holder.received_, ports)) {
        PortRange part = grant->ports.intersection(ports);
        if (!cut(*grant, part)) {
            part.last = grant->ports.last;
            if (take_from_receivers(holder, part, budget) == Progress::again) return Progress::again;
            ensure(cut(*grant, part));
        }
        budget.spend();
        if (budget.is_exhausted()) return Progress::again;
    }
    return Progress::done;
}

Progress PortDatabase::unmap(IoPorts& space, Fpage fpage, bool flush, Budget& budget)
{
    PortRange const ports = PortRange::of(fpage);
    if (take_from_receivers(space, ports, budget) == Progress::again) return Progress::again;
    return flush ? take_from(space, ports, budget) : Progress::done;
}

Progress PortDatabase::unmap_all(IoPorts& space, Budget& budget)
{
    if (unmap(space, Fpage{L4_COMPLETE_IO_SPACE}, true, budget) == Progress::again) return Progress::again;
    free_bitmap(space);
    io_bitmap_changed(space);
    return Progress::done;
}

} // namespace pecan
