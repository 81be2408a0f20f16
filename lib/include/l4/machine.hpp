// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_MACHINE_HPP
#define L4_MACHINE_HPP

#include <l4/word.hpp>

#include <cstdint>

namespace l4 {

/// Instructions that user code executes itself. Ports must have been mapped before.

inline std::uint8_t in8(std::uint16_t port)
{
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline void out8(std::uint16_t port, std::uint8_t value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
inline std::uint16_t in16(std::uint16_t port)
{
    std::uint16_t value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline void out16(std::uint16_t port, std::uint16_t value) { asm volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }

inline Word time_stamp()
{
    Word low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

struct CpuId {
    std::uint32_t eax, ebx, ecx, edx;
};
inline CpuId cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0)
{
    CpuId r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

/// XCR0. Only where CPUID reports OSXSAVE.
inline Word xgetbv0()
{
    Word low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return high << 32 | low;
}

} // namespace l4

#endif
