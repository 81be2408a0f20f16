// SPDX-License-Identifier: BSD-2-Clause
/// The microkernel's window onto physical memory.
#pragma once

#include "kernel/support/address.hpp"

namespace pecan {

#ifdef PECAN_HOST
/// In unit tests a physical address is the address that the test's own memory has.
inline constexpr Word direct_map_base = 0;
inline constexpr Word direct_map_end = ~Word{0};
#else
inline constexpr Word direct_map_base = 0xffff'8100'0000'0000;
/// Where it ends; behind lies no RAM that is used, but perhaps device memory.
inline constinit Word direct_map_end = Word{4} << 30;
#endif

/// The kernel's pointer to physical memory.
template <typename T>
inline T* direct_map(PhysAddr address)
{
    return reinterpret_cast<T*>(address.raw() + direct_map_base);
}

/// Zeros for a page. One string instruction: the compiler's own loop takes five instructions a word.
inline void clear_page(PhysAddr page)
{
    void* to = direct_map<void>(page);
    Word count = page_size / sizeof(Word);
    asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(Word{0}) : "memory");
}

/// The physical address behind a pointer that direct_map() made.
inline PhysAddr physical(void const* pointer) { return PhysAddr{reinterpret_cast<Word>(pointer) - direct_map_base}; }

} // namespace pecan
