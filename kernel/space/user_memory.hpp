// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's own look at the memory of a space: through its page table, never through the processor's. So it cannot
/// fault, and it reaches nothing that the space itself could not.
#pragma once

#include "kernel/space/space.hpp"
#include "l4/utcb.h"

namespace pecan {

/// One byte of a space's memory and those behind it in the same 4 KiB, as the kernel reaches them.
struct UserPiece {
    enum class Kind : std::uint8_t {
        reachable,
        missing, ///< the space may have nothing there, or not with these rights: the pager's business
        outside, ///< no user may have anything there, or it is no memory that the kernel can reach
    };
    Kind kind;
    unsigned char* bytes; ///< nullptr unless reachable
};

/// Looks the byte up and marks its page as accessed, or written, as an access by its owner would.
UserPiece user_piece(Space const& space, VirtAddr address, Rights access);

/// Copies bytes that the space can read; returns how many there were before the first hole.
unsigned read_user_bytes(Space const& space, VirtAddr from, unsigned char* to, unsigned count);

/// Writes words to pages that the space can write. False: one of them is not; nothing was written then.
[[nodiscard]] bool write_user_words(Space const& space, VirtAddr to, Word const* words, unsigned count);

/// The kernel's alias of the UTCB whose MR0 has this address in the space; nullptr if there is no such UTCB.
l4_utcb* utcb_at(Space const& space, Word local_id);

} // namespace pecan
