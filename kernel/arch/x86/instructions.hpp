// SPDX-License-Identifier: BSD-2-Clause
/// The instructions that C++ has no words for.
#pragma once

#include "kernel/support/address.hpp"

namespace pecan::x86 {

inline void write_cr0(Word v) { asm volatile("mov %0, %%cr0" : : "r"(v) : "memory"); }
inline Word read_cr2()
{
    Word v;
    asm volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}
inline Word read_cr3()
{
    Word v;
    asm volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}
inline void write_cr3(Word v) { asm volatile("mov %0, %%cr3" : : "r"(v) : "memory"); }
inline void write_cr4(Word v) { asm volatile("mov %0, %%cr4" : : "r"(v) : "memory"); }

inline Word read_msr(std::uint32_t msr)
{
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return Word{high} << 32 | low;
}
inline void write_msr(std::uint32_t msr, Word value)
{
    asm volatile("wrmsr"
                 :
                 : "c"(msr), "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32)));
}

inline Word read_tsc() { return __builtin_ia32_rdtsc(); }

struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0)
{
    CpuidResult r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

/// T is as wide as the access.
template <typename T>
T in(std::uint16_t port)
{
    T v;
    asm volatile("in %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
template <typename T>
void out(std::uint16_t port, T v)
{
    asm volatile("out %0, %1" : : "a"(v), "Nd"(port));
}
inline std::uint8_t in8(std::uint16_t port) { return in<std::uint8_t>(port); }
inline void out8(std::uint16_t port, std::uint8_t v) { out(port, v); }

inline Word read_fs_base()
{
    Word v;
    asm volatile("rdfsbase %0" : "=r"(v));
    return v;
}
inline void write_fs_base(Word v) { asm volatile("wrfsbase %0" : : "r"(v)); }
inline Word read_gs_base()
{
    Word v;
    asm volatile("rdgsbase %0" : "=r"(v));
    return v;
}
inline void write_gs_base(Word v) { asm volatile("wrgsbase %0" : : "r"(v)); }

/// Before memory that was cached is used in another way (Intel SDM 3A, 12.12.4).
inline void write_back_caches() { asm volatile("wbinvd" : : : "memory"); }
inline void invalidate_page(Word address) { asm volatile("invlpg (%0)" : : "r"(address) : "memory"); }

[[noreturn]] inline void stop()
{
    for (;;) asm volatile("cli; hlt");
}

/// Bits 47 to 63 of a canonical address are equal.
constexpr bool is_canonical(Word address)
{
    return static_cast<std::int64_t>(address << 16) >> 16 == static_cast<std::int64_t>(address);
}

} // namespace pecan::x86
