// SPDX-License-Identifier: BSD-2-Clause
/// sigma0 holds every physical address at the same virtual one. Its entries, the roots of the mapping tree, are made when
/// they are first needed.
#include "kernel/mapping/mapping_database.hpp"
#include "kernel/support/scope_guard.hpp"

namespace pecan {

namespace {

/// The largest page up to `largest` around an address that is sigma0's as a whole and not yet mapped in smaller ones.
bool find_page(Space const& sigma0, PhysicalLayout const& layout, Word address, PageSize largest, PageSize& size)
{
    Word const hole = sigma0.page_table().find(VirtAddr{address}).log2size();
    for (PageSize candidate : {PageSize::huge, PageSize::large, PageSize::small}) {
        if (candidate > largest) continue;
        Word const start = align_down(address, bytes_of(candidate));
        VirtRange const range{start, start + bytes_of(candidate) - 1};
        VirtRange area;
        PhysRange const frames{PhysAddr{start}, bytes_of(candidate)};
        if (log2_of(candidate) > hole || !layout.is_available(frames)) continue;
        if (candidate == PageSize::huge && !layout.may_be_huge(frames)) continue;
        if (!sigma0.user_area().contains(range) || sigma0.kernel_area_over(range, area)) continue;
        size = candidate;
        return true;
    }
    return false;
}

} // namespace

Result<Ok, Error> MappingDatabase::provide(Space& sigma0, VirtAddr address, PageSize largest, TlbBatch& batch)
{
    PageTable& table = sigma0.page_table();
    PageSize size;
    if (!find_page(sigma0, layout_, address.raw(), largest, size)) return Error::invalid_parameter;
    VirtAddr const where = address.aligned_down(bytes_of(size));
    PhysAddr const frame{where.raw()};

    Mapping* const root = TRY(nodes_.create(sigma0.quota(), sigma0, where, size, frame));
    ScopeGuard give_back{[&] { nodes_.destroy(root, sigma0.quota()); }};
    TRY(table.insert(where, size, Pte::leaf(frame, size, Rights::all(), table.privilege()), root, batch));
    give_back.dismiss();
    return Ok{};
}

Result<Ok, Error> MappingDatabase::provide(Space& sigma0, VirtAddr address)
{
    if (!sigma0.user_area().contains(address.raw())) return Error::invalid_parameter;
    if (sigma0.page_table().find(address).is_present()) return Ok{};
    TlbBatch batch{memory_};
    return provide(sigma0, address, PageSize::large, batch);
}

} // namespace pecan
