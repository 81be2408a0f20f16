// SPDX-License-Identifier: BSD-2-Clause
/// L4_VCPU_UNMAP, L4_VCPU_STATUS and L4_VCPU_LOOKUP. The cost depends on what is mapped, not on the size of the range.
#include "kernel/vcpu/client_target.hpp"

namespace pecan {

namespace {

/// Holes and pages that one lookup goes over.
constexpr Word lookup_steps = 1024;

/// From start to end, which for client 0 may be 0: the top of the address space. False: no such range.
bool range_of(ClientUnmapCall const& call, VirtRange& range)
{
    if (!is_aligned(call.start | call.end, page_size)) return false;
    if (call.client == L4_CLIENT_SERVER) {
        range = {call.start, call.end - 1};
        return call.start >= L4_SERVER_AREA_START && (call.end == 0 || call.start <= call.end);
    }
    range = {call.start, call.end - 1};
    // Nothing lies between the end of the area and the hole: with it a range up to there covers whole tables.
    if (call.end == L4_CLIENT_AREA_END) range.last |= large_page_size - 1;
    return call.start <= call.end && call.end <= L4_CLIENT_AREA_END;
}

} // namespace

Result<Progress, ClientError> ClientSet::unmap(ClientUnmapCall& call, Word& generation, Budget& budget)
{
    Target target;
    VirtRange range;
    if (!find(call.client, target) || !range_of(call, range)) return ClientError::invalid;
    bool const is_empty = call.start == call.end || call.rights == Rights::none();
    if (call.client == L4_CLIENT_SERVER && !is_empty) {
        // Splitting changes no translation, so failing afterwards does no harm.
        for (Word edge : {call.start, call.end})
            if (edge != 0 && !target.table->split_at(VirtAddr{edge})) return ClientError::no_memory;
    }
    if (!call.is_counted) {
        ++target.counters->generation;
        call.is_counted = true;
        call.position = call.start;
    } else if (call.maps != target.counters->maps) {
        call.position = call.start;
    }
    call.maps = target.counters->maps;
    generation = target.counters->generation;
    if (is_empty) return Progress::done;

    TlbBatch batch{memory_};
    range.first = call.position;
    Progress const progress = target.table->revoke_range(range, call.rights, batch, budget);
    call.position = range.first;
    return progress;
}

Result<ClientStatus, ClientError> ClientSet::status(Word client, Word address, Word count)
{
    Target target;
    if (!find(client, target) || !is_aligned(address, page_size) || count > 64) return ClientError::invalid;
    ClientStatus status;
    if (count == 0) return status;
    Word const last = address + count * page_size - 1;
    if (!is_in_area(client, address, last)) return ClientError::invalid;

    PageTable& table = *target.table;
    TlbBatch batch{memory_};
    Word first = address;
    PageTable::Slot slot;
    while (table.find_next(first, last, slot)) {
        Word const end = slot.range(VirtAddr{first}).last;
        bool const is_clients = !slot.pte.is_pinned() && table.mapping(slot) == nullptr;
        PageStatus const noted = is_clients ? table.take_status(slot, batch) : PageStatus{};
        // A large page speaks for all its small ones.
        for (; first <= last && first - 1 != end; first += page_size) {
            Word const bit = Word{1} << (first - address) / page_size;
            if (noted.accessed) status.referenced |= bit;
            if (noted.dirty) status.written |= bit;
            if (first + (page_size - 1) == last) return status;
        }
    }
    return status;
}

Result<Word, ClientError> ClientSet::lookup(Word client, Word& position, Word* found)
{
    Target target;
    if (!find(client, target) || !is_in_area(client, position, position)) return ClientError::invalid;
    Word const end = client == L4_CLIENT_SERVER ? 0 : L4_CLIENT_AREA_END;
    Word count = 0;
    for (Word steps = lookup_steps; steps != 0 && position != end && count < L4_VCPU_LOOKUP_PAGES; --steps) {
        PageTable::Slot const slot = target.table->find(VirtAddr{position});
        VirtRange const range = slot.range(VirtAddr{position});
        if (slot.is_present() && !slot.pte.is_pinned() && target.table->mapping(slot) == nullptr) {
            found[2 * count] = range.first | slot.pte.rights().raw();
            found[2 * count + 1] = slot.page().raw() | slot.log2size();
            ++count;
        }
        position = range.last + 1 > end - 1 ? end : range.last + 1;
    }
    return count;
}

} // namespace pecan
