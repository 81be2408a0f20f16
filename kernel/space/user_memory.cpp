// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/user_memory.hpp"

#include "kernel/memory/direct_map.hpp"
#include "kernel/space/pte_access.hpp"

namespace pecan {

namespace {

/// The alias of one byte's place; nullptr if it is not mapped with these rights.
unsigned char* alias(Space const& space, VirtAddr address, Rights rights)
{
    if (!space.user_area().contains(address.raw())) return nullptr;
    PageTable::Slot const slot = space.page_table().find(address);
    if (!slot.is_present() || !slot.pte.rights().includes(rights)) return nullptr;
    PhysAddr const place = slot.phys(address);
    return place.raw() < direct_map_end ? direct_map<unsigned char>(place) : nullptr;
}

} // namespace

UserPiece user_piece(Space const& space, VirtAddr address, Rights access)
{
    if (!space.user_area().contains(address.raw())) return {UserPiece::Kind::outside, nullptr};
    PageTable::Slot const slot = space.page_table().find(address);
    if (!slot.is_present() || !slot.pte.rights().includes(access)) return {UserPiece::Kind::missing, nullptr};
    PhysAddr const place = slot.phys(address);
    if (place.raw() >= direct_map_end) return {UserPiece::Kind::outside, nullptr};
    set_status(slot.entry, access.write());
    return {UserPiece::Kind::reachable, direct_map<unsigned char>(place)};
}

unsigned read_user_bytes(Space const& space, VirtAddr from, unsigned char* to, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        unsigned char const* byte = alias(space, from + i, Rights{L4_RIGHT_R});
        if (byte == nullptr) return i;
        to[i] = *byte;
    }
    return count;
}

bool write_user_words(Space const& space, VirtAddr to, Word const* words, unsigned count)
{
    Rights const wanted{L4_RIGHT_R | L4_RIGHT_W};
    VirtAddr const last = to + (count - 1) * sizeof(Word);
    if (!to.is_aligned_to(sizeof(Word))) return false;
    if (alias(space, to, wanted) == nullptr || alias(space, last, wanted) == nullptr) return false;
    for (unsigned i = 0; i < count; ++i) {
        VirtAddr const where = to + i * sizeof(Word);
        *reinterpret_cast<Word volatile*>(alias(space, where, wanted)) = words[i];
    }
    return true;
}

l4_utcb* utcb_at(Space const& space, Word local_id)
{
    Word const start = local_id - L4_UTCB_MR_OFFSET;
    Fpage const area = space.utcb_area();
    if (area.is_nil() || start < area.base() || start > area.last() || !is_aligned(start, L4_UTCB_SIZE)) return nullptr;
    PageTable::Slot const slot = space.page_table().find(VirtAddr{start});
    if (!slot.is_present() || !slot.pte.is_pinned()) return nullptr;
    return direct_map<l4_utcb>(slot.phys(VirtAddr{start}));
}

} // namespace pecan
