// SPDX-License-Identifier: BSD-2-Clause
/// L4_VCPU_MAP: a little more than writing page-table entries.
#include "kernel/mapping/mapping.hpp"
#include "kernel/vcpu/client_target.hpp"

namespace pecan {

bool ClientSet::is_in_area(Word client, Word first, Word last)
{
    return client == L4_CLIENT_SERVER ? first >= L4_SERVER_AREA_START && last >= first
                                      : last < L4_CLIENT_AREA_END && last >= first;
}

/// The server's own table says whether the memory is its own: only pages that its pager mapped have a node.
Result<Ok, ClientError> ClientSet::find_source(Word address, PageSize size, Rights rights, Source& source) const
{
    if (!source.page.contains(address)) {
        if (address < L4_SERVER_AREA_START) return ClientError::no_access;
        PageTable const& table = server_.page_table();
        PageTable::Slot const slot = table.find(VirtAddr{address});
        Mapping const* const node = slot.is_present() ? table.mapping(slot) : nullptr;
        // What the page is about to lose nobody gets (see take_from_clients).
        if (node == nullptr || node->revoking().read()) return ClientError::no_access;
        source = {slot.range(VirtAddr{address}), slot.page(), slot.pte.rights().without(node->revoking()),
                  slot.size() != PageSize::small};
    }
    // Whoever may read a page may copy it and run the copy: so 'execute' is the server's to give, and its own view
    // of all its memory need not be executable.
    if (!source.rights.includes(rights.without(Rights{L4_RIGHT_X}))) return ClientError::no_access;
    if (size == PageSize::large && (!source.is_large || !is_aligned(address, large_page_size)))
        return ClientError::no_access;
    return Ok{};
}

Result<Ok, ClientError> ClientSet::map_entry(Target& target, Word address, Word entry, Source& source, TlbBatch& batch)
{
    Rights const rights{entry};
    Word const from = align_down(entry, page_size);
    TRY(find_source(from, target.size, rights, source));
    PageTable& table = *target.table;
    Pte const leaf = Pte::leaf(source.phys(from), target.size, rights, table.privilege(),
                               static_cast<CacheAttribute>(entry >> L4_MAP_ATTR_SHIFT & 3));

    // In the server's own table each entry is looked at: it may be its pager's, or the kernel's.
    Word const base = align_down(address, large_page_size);
    Pte* place;
    if (target.entries != nullptr && target.entries_base == base) {
        place = target.entries + (address - base) / page_size;
    } else {
        auto const found = table.entry_for(VirtAddr{address}, target.size, batch);
        if (!found) return found.error() == Error::no_memory ? ClientError::no_memory : ClientError::invalid;
        place = found.value();
        if (target.size == PageSize::small && table.kind() == TableKind::client) {
            target.entries = place - (address - base) / page_size;
            target.entries_base = base;
        }
    }
    table.write_leaf(place, leaf, batch);
    return Ok{};
}

Result<Word, ClientError> ClientSet::map(ClientMapCall const& call, unsigned cpu)
{
    // Check.
    Target target;
    if (!find(call.client, target)) return ClientError::invalid;
    if (call.count > L4_VCPU_MAP_ENTRIES || call.first > L4_VCPU_MAP_ENTRIES - call.count) return ClientError::invalid;
    if (call.log2size != page_bits && call.log2size != large_page_bits) return ClientError::invalid;
    target.size = static_cast<PageSize>(call.log2size);
    if (!is_aligned(call.address, bytes_of(target.size))) return ClientError::invalid;
    if (call.count == 0) return Word{0};
    VirtRange const range{call.address, call.address + (call.count << call.log2size) - 1};
    if (!is_in_area(call.client, range.first, range.last)) return ClientError::invalid;
    VirtRange kernel_area;
    if (call.client == L4_CLIENT_SERVER && server_.kernel_area_over(range, kernel_area)) return ClientError::invalid;
    if (call.generation != L4_ANY_GENERATION && call.generation != target.counters->generation)
        return ClientError::stale_generation;
    if (!make_root(call.client, *target.table, cpu)) return ClientError::no_memory;

    // Commit, entry by entry.
    ++target.counters->maps;
    TlbBatch batch{memory_};
    Source source;
    for (Word i = 0; i < call.count; ++i) {
        Word const entry = __atomic_load_n(&call.entries[call.first + i], __ATOMIC_RELAXED);
        if ((entry & L4_MAP_R) == 0) continue;
        auto const mapped = map_entry(target, call.address + (i << call.log2size), entry, source, batch);
        if (mapped) continue;
        if (i == 0) return mapped.error();
        return i;
    }
    return call.count;
}

} // namespace pecan
