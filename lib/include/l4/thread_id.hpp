// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_THREAD_ID_HPP
#define L4_THREAD_ID_HPP

#include <l4/word.hpp>

namespace l4 {

/// The name of a thread: global (number and version), local (address of its MR0), or special.
class ThreadId {
public:
    constexpr ThreadId() = default;

    static constexpr ThreadId global(Word number, Word version) { return ThreadId{L4_GLOBAL_ID(number, version)}; }
    /// An interrupt's thread: its number is the interrupt's, its version always 1.
    static constexpr ThreadId interrupt(Word number) { return global(number, 1); }
    static constexpr ThreadId from_raw(Word raw) { return ThreadId{raw}; }

    constexpr Word raw() const { return raw_; }
    constexpr Word number() const { return L4_THREAD_NUMBER(raw_); }
    constexpr Word version() const { return L4_THREAD_VERSION(raw_); }

    constexpr bool is_nil() const { return raw_ == L4_NILTHREAD; }
    /// Nilthread and anylocalthread have the form of local IDs, but name no thread.
    constexpr bool is_local() const { return L4_ID_IS_LOCAL(raw_) && !is_nil() && raw_ != L4_ANYLOCALTHREAD; }
    constexpr bool is_global() const { return !L4_ID_IS_LOCAL(raw_) && raw_ != L4_ANYTHREAD; }

    /// The name of the next thread that gets the same number: the old one's then fails.
    constexpr ThreadId next_version() const
    {
        // The low six bits of a version must not all be 0: such an ID would look like a local one.
        Word const next = (version() + 1) & 0xffffffff;
        return global(number(), (next & 0x3f) == 0 ? next + 1 : next);
    }

    constexpr bool operator==(ThreadId const&) const = default;

private:
    constexpr explicit ThreadId(Word raw) : raw_{raw} {}
    Word raw_ = L4_NILTHREAD;
};

inline constexpr ThreadId nilthread{};
inline constexpr ThreadId anythread = ThreadId::from_raw(L4_ANYTHREAD);
inline constexpr ThreadId anylocalthread = ThreadId::from_raw(L4_ANYLOCALTHREAD);

} // namespace l4

#endif
