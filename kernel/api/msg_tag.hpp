// SPDX-License-Identifier: BSD-2-Clause
/// The message tag, MR0 (X.2, 5.1).
#pragma once

#include "kernel/support/address.hpp"
#include "l4/types.h"

namespace pecan {

class MsgTag {
public:
    constexpr explicit MsgTag(Word raw) : raw_{raw} {}
    static constexpr MsgTag make(Word label, Word typed, Word untyped) { return MsgTag{L4_TAG(label, typed, untyped)}; }
    /// What a party sees whose IPC failed before anything was transferred.
    static constexpr MsgTag failed() { return MsgTag{L4_TAG_ERROR}; }

    constexpr Word raw() const { return raw_; }
    constexpr Word label() const { return L4_TAG_LABEL(raw_); }
    constexpr Word untyped() const { return L4_TAG_UNTYPED(raw_); }
    constexpr Word typed() const { return L4_TAG_TYPED(raw_); }
    constexpr Word words() const { return untyped() + typed(); }
    constexpr bool is_propagated() const { return (raw_ & L4_TAG_PROPAGATED) != 0; }
    constexpr MsgTag with(Word flags) const { return MsgTag{raw_ | flags}; }
    /// The tag as a receiver gets it: label, u and t only; the flags are the kernel's to set.
    constexpr MsgTag without_flags() const { return MsgTag{raw_ & ~Word{0xf000}}; }

private:
    Word raw_;
};

} // namespace pecan
