// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/user_memory.hpp"

#include <initializer_list>

#include "kernel/memory/direct_map.hpp"
#include "kernel/space/pte_access.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

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
        unsigned char const* byte = user_piece(space, from + i, Rights{L4_RIGHT_R}).bytes;
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
    for (VirtAddr const end : {to, last})
        if (user_piece(space, end, wanted).kind != UserPiece::Kind::reachable) return false;
    for (unsigned i = 0; i < count; ++i) {
        unsigned char* const place = user_piece(space, to + i * sizeof(Word), wanted).bytes;
        ensure(place != nullptr); // a few words: their ends are in all the pages they touch
        *reinterpret_cast<Word volatile*>(place) = words[i];
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
