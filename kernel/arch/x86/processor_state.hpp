// SPDX-License-Identifier: BSD-2-Clause
/// Registers that stay in the CPU while the kernel runs and are switched with the thread.
#pragma once

#include "kernel/support/address.hpp"

namespace pecan::x86 {

/// Room for x87, SSE, AVX, AVX-512 and PKRU in XSAVE's standard layout.
inline constexpr Word fpu_area_size = 2752;

/// Saved when another thread is switched to, never on a mere entry into the kernel.
struct ProcessorState {
    Word fs_base{0}, gs_base{0};
    std::uint16_t ds{0}, es{0}, fs{0}, gs{0};
    std::uint32_t tsc_aux{0};
    alignas(64) unsigned char fpu[fpu_area_size]{};
};

} // namespace pecan::x86
