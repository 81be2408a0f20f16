// SPDX-License-Identifier: BSD-2-Clause
/// Whether this CPU has what the kernel is built on.
#pragma once

#include "kernel/debug/printer.hpp"

namespace pecan {

/// The words of CPUID that name features.
struct CpuFeatureWords {
    std::uint32_t leaf1_ecx, leaf1_edx;
    std::uint32_t leaf7_ebx;
    std::uint32_t extended1_edx;
    std::uint32_t power_edx;         ///< leaf 80000007h
    std::uint32_t vendor_ecx;        ///< leaf 0: the last four letters of the vendor's name
    std::uint32_t arch_capabilities; ///< MSR 10ah; 0 where there is none
};

/// Prints a line of what is there, a warning if the CPU may have Meltdown, then a line for each necessary feature that is
/// missing, with its remedy.
/// False if one is.
bool check_cpu(CpuFeatureWords const& cpu, Printer& out);

} // namespace pecan
