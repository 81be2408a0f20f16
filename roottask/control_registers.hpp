// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONTROL_REGISTERS_HPP
#define ROOTTASK_CONTROL_REGISTERS_HPP

#include <l4/machine.hpp>

namespace root {

using l4::Word;

/// The microkernel's XCR0, which user code may read where there is one.
inline Word kernel_xcr0()
{
    constexpr std::uint32_t osxsave = 1u << 27;
    return (l4::cpuid(1).ecx & osxsave) != 0 ? l4::xgetbv0() : 0;
}

/// The microkernel's CR4, which user code cannot read: the bits that the gate's rule 10 sets on
/// every processor, and those that follow CPUID.
inline Word kernel_cr4()
{
    constexpr Word de = 1u << 3, pae = 1u << 5, mce = 1u << 6, osfxsr = 1u << 9, osxmmexcpt = 1u << 10;
    constexpr Word fsgsbase = 1u << 16, osxsave = 1u << 18, smep = 1u << 20;
    constexpr std::uint32_t cpuid_osxsave = 1u << 27, cpuid_smep = 1u << 7;
    return de | pae | mce | osfxsr | osxmmexcpt | fsgsbase | ((l4::cpuid(1).ecx & cpuid_osxsave) != 0 ? osxsave : 0) |
           ((l4::cpuid(7).ebx & cpuid_smep) != 0 ? smep : 0);
}

} // namespace root

#endif
