// SPDX-License-Identifier: BSD-2-Clause
/// What a server may put into the global descriptor table and the debug registers (docs/gate.md, rules 3 and 9).
#pragma once

#include "kernel/support/address.hpp"

namespace pecan {

inline constexpr Word descriptor_accessed = Word{1} << 40;
inline constexpr Word descriptor_conforming = Word{1} << 42;
inline constexpr Word descriptor_code = Word{1} << 43;
inline constexpr Word descriptor_not_system = Word{1} << 44;
inline constexpr Word descriptor_dpl3 = Word{3} << 45;
inline constexpr Word descriptor_present = Word{1} << 47;
inline constexpr Word descriptor_long = Word{1} << 53;
inline constexpr Word descriptor_32bit = Word{1} << 54;

/// 0, or a present segment for ring 3: data, or 32-bit code that is not conforming. No gate, no system segment,
/// no 64-bit code, nothing for rings 0 to 2.
constexpr bool is_allowed_descriptor(Word descriptor)
{
    if (descriptor == 0) return true;
    // 32-bit: a 16-bit stack would let the upper half of ring 0's RSP out.
    constexpr Word required = descriptor_not_system | descriptor_dpl3 | descriptor_present | descriptor_32bit;
    if ((descriptor & required) != required || (descriptor & descriptor_long) != 0) return false;
    return (descriptor & descriptor_code) == 0 || (descriptor & descriptor_conforming) == 0;
}

/// The CPU would set the accessed bit itself, and fault, for the table is read-only.
constexpr Word with_accessed_bit(Word descriptor) { return descriptor == 0 ? 0 : descriptor | descriptor_accessed; }

/// DR7 without general detect, and no breakpoint of the I/O type.
constexpr bool is_allowed_debug_control(Word dr7)
{
    constexpr Word general_detect = Word{1} << 13;
    if (dr7 >> 32 != 0 || (dr7 & general_detect) != 0) return false;
    for (unsigned n = 0; n < 4; ++n)
        if ((dr7 >> (16 + 4 * n) & 3) == 2) return false;
    return true;
}

} // namespace pecan
