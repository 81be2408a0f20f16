// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/space.hpp"

#include "l4/utcb.h"
#include "l4/vcpu.h"

namespace pecan {

Result<Ok, Error> Space::init(unsigned cpu)
{
    TRY(page_table_.make_root(cpu));
    return Ok{};
}

Result<Ok, Error> Space::become_server(unsigned cpu)
{
    if (kind_ != SpaceKind::ordinary || has_areas()) return Error::invalid_parameter;
    TRY(page_table_.become_server(cpu));
    kind_ = SpaceKind::server;
    return Ok{};
}

VirtRange Space::user_area() const
{
    // The last page below the hole stays free: SYSCALL there would return to a non-canonical address.
    if (is_server()) return {L4_SERVER_AREA_START, ~Word{0}};
    return {0, L4_CLIENT_AREA_END - 1};
}

// ---- Kernel areas --------------------------------------------------------------------------------------------------

namespace {

VirtRange range_of(Fpage area) { return {area.base(), area.last()}; }

bool is_area(Fpage area) { return !area.is_nil() && !area.is_io() && area.log2size() >= page_bits; }

} // namespace

/// The UTCB area, and the vCPU pages behind a server's. If that passes the end of the address space it ends there.
VirtRange Space::kernel_part(Fpage utcb_area) const
{
    VirtRange range = range_of(utcb_area);
    if (!is_server()) return range;
    Word const vcpu_pages = (range.last - range.first + 1) / L4_UTCB_SIZE * page_size;
    range.last = vcpu_pages > ~Word{0} - range.last ? ~Word{0} : range.last + vcpu_pages;
    return range;
}

Result<Ok, Error> Space::accepts_utcb_area(Fpage area) const
{
    if (!is_area(area) || !user_area().contains(range_of(area))) return Error::utcb_area;
    Word const last = area.last();
    Word const size = last - area.base() + 1;
    if (is_server() && ~Word{0} - last < size / L4_UTCB_SIZE * page_size) return Error::utcb_area;
    return Ok{};
}

Result<Ok, Error> Space::accepts_kip_area(Fpage area, Fpage utcb_area) const
{
    if (!is_area(area) || !user_area().contains(range_of(area))) return Error::kip_area;
    if (range_of(area).overlaps(kernel_part(utcb_area))) return Error::kip_area;
    return Ok{};
}

void Space::place_areas(Fpage kip_area, Fpage utcb_area)
{
    kip_area_ = kip_area;
    utcb_area_ = utcb_area;
}

bool Space::kernel_area_over(VirtRange range, VirtRange& area) const
{
    if (!has_areas()) return false;
    area = range_of(kip_area_);
    if (area.overlaps(range)) return true;
    area = kernel_part(utcb_area_);
    return area.overlaps(range);
}

// ---- Kernel pages --------------------------------------------------------------------------------------------------

Result<Ok, Error> Space::pin_page(VirtAddr where, PhysAddr frame, Rights rights)
{
    if (page_table_.find(where).is_present()) return Error::invalid_parameter;
    TlbBatch batch{page_table_.memory()};
    Pte const leaf = Pte::leaf(frame, PageSize::small, rights, page_table_.privilege()).as_pinned();
    return page_table_.insert(where, PageSize::small, leaf, nullptr, batch);
}

void Space::unpin_page(VirtAddr where)
{
    PageTable::Slot const slot = page_table_.find(where);
    ensure(slot.is_present() && slot.pte.is_pinned());
    TlbBatch batch{page_table_.memory()};
    page_table_.remove(where, slot, batch);
}

Progress Space::destroy(Budget& budget) { return page_table_.destroy(budget); }

} // namespace pecan
