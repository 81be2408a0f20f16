// SPDX-License-Identifier: BSD-2-Clause
/// Thread identifiers (X.2, 2.1).
#pragma once

#include "kernel/support/address.hpp"
#include "l4/types.h"

namespace pecan {

/// A global, local or interrupt thread ID, or one of the special ones, as it stands in a word.
class ThreadId {
public:
    constexpr explicit ThreadId(Word raw) : raw_{raw} {}
    static constexpr ThreadId nil() { return ThreadId{L4_NILTHREAD}; }
    static constexpr ThreadId any() { return ThreadId{L4_ANYTHREAD}; }
    static constexpr ThreadId any_local() { return ThreadId{L4_ANYLOCALTHREAD}; }
    static constexpr ThreadId global(Word number, Word version) { return ThreadId{L4_GLOBAL_ID(number, version)}; }

    constexpr Word raw() const { return raw_; }
    constexpr Word number() const { return L4_THREAD_NUMBER(raw_); }
    constexpr Word version() const { return L4_THREAD_VERSION(raw_); }
    constexpr bool is_nil() const { return raw_ == L4_NILTHREAD; }
    constexpr bool is_any() const { return raw_ == L4_ANYTHREAD; }
    constexpr bool is_any_local() const { return raw_ == L4_ANYLOCALTHREAD; }
    /// It is local, nilthread or anylocalthread.
    constexpr bool may_be_local() const { return L4_ID_IS_LOCAL(raw_); }
    constexpr bool is_local() const { return may_be_local() && !is_nil() && !is_any_local(); }
    constexpr bool is_global() const { return !is_any() && !L4_ID_IS_LOCAL(raw_); }
    constexpr bool operator==(ThreadId const&) const = default;

private:
    Word raw_;
};

} // namespace pecan
