// SPDX-License-Identifier: BSD-2-Clause
/// Model-specific registers that the kernel uses (Intel SDM 4, AMD APM 2).
#pragma once

#include "kernel/support/address.hpp"

namespace pecan::x86 {

inline constexpr std::uint32_t msr_apic_base = 0x1b;
inline constexpr std::uint32_t msr_arch_capabilities = 0x10a;
inline constexpr std::uint32_t msr_sysenter_cs = 0x174;
inline constexpr std::uint32_t msr_debug_control = 0x1d9;
inline constexpr std::uint32_t msr_pat = 0x277;
inline constexpr std::uint32_t msr_extended_feature_disable = 0x1c4;
inline constexpr std::uint32_t msr_supervisor_state = 0xda0;
inline constexpr std::uint32_t msr_efer = 0xc0000080;
inline constexpr std::uint32_t msr_star = 0xc0000081;
inline constexpr std::uint32_t msr_lstar = 0xc0000082;
inline constexpr std::uint32_t msr_cstar = 0xc0000083;
inline constexpr std::uint32_t msr_syscall_mask = 0xc0000084;
inline constexpr std::uint32_t msr_tsc_aux = 0xc0000103;

} // namespace pecan::x86
