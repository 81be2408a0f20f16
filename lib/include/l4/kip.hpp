// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_KIP_HPP
#define L4_KIP_HPP

#include <l4/kip.h>
#include <l4/range.hpp>
#include <l4/thread_id.hpp>

#include <span>

namespace l4 {

/// The kernel interface page of this space. The first call asks the kernel where it lies.
l4_kip const& kip();

inline std::span<l4_kip_memory_desc const> memory_descriptors(l4_kip const& page)
{
    Word const offset = page.memory_info >> 32;
    Word const count = page.memory_info & 0xffffffff;
    return {reinterpret_cast<l4_kip_memory_desc const*>(reinterpret_cast<Word>(&page) + offset), count};
}

/// The addresses that a descriptor covers. Its last byte is inclusive; the very last address of
/// the number space would wrap, so the end stops one page short of it.
constexpr Range range_of(l4_kip_memory_desc const& desc)
{
    Word const last = desc.high | 0x3ff;
    Word const start = desc.low & ~Word{0x3ff};
    return {start, last == ~Word{0} ? align_down(last, page_size) : last + 1};
}

inline ThreadId sigma0_id(l4_kip const& page) { return ThreadId::global(L4_KIP_USER_BASE(&page), 1); }
inline ThreadId root_server_id(l4_kip const& page) { return ThreadId::global(L4_KIP_USER_BASE(&page) + 2, 1); }

} // namespace l4

#endif
