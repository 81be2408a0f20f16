// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_PHYSICAL_HPP
#define ROOTTASK_PHYSICAL_HPP

#include <l4/fpage.hpp>

#include <cstddef>
#include <optional>
#include <span>

/// Physical memory as the root task sees it: all that it gets from sigma0 appears in one window,
/// at a fixed distance from its physical address. So page 0 can be had without a valid null
/// pointer, and memory behind the root task's own KIP and UTCB area is not lost. Only the root
/// task's own image is mapped idempotently, by its page faults.
namespace root::physical {

using l4::Range;
using l4::Word;

constexpr unsigned window_log2 = 45;
constexpr Word window_base = Word{1} << window_log2;

inline std::byte* pointer(Word address) { return reinterpret_cast<std::byte*>(window_base + address); }
inline std::span<std::byte> bytes(Range range) { return {pointer(range.start), range.size()}; }

/// Takes the pages of a range from sigma0. False if it refuses any of them.
[[nodiscard]] bool take(Range range);

/// Takes 2^log2size bytes of ordinary memory, aligned to their size.
std::optional<Word> take_any(unsigned log2size);

/// The same memory as something to send to another space.
constexpr l4::Fpage sendable(Word address, unsigned log2size, l4::Rights rights)
{
    return l4::Fpage::memory(window_base + address, log2size, rights);
}

} // namespace root::physical

#endif
