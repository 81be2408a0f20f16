// SPDX-License-Identifier: BSD-2-Clause
/// Where the kernel's image, its parts and its first page tables lie.
#pragma once

#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/support/address.hpp"

// Symbols of link.ld (kernel/link.ld) and boot/entry.S: their addresses count, not their contents.
extern "C" {
extern char boot_image_start[], boot_image_end[], kernel_image_end[];
extern char kernel_text_start[], kernel_text_end[];
extern char gate_text_image[], gate_text_start[], gate_text_end[];
extern char stub_page_image[];
extern std::uint64_t kernel_pml4[512], image_pdpt[512], image_directory[512], image_page_table[512];
extern std::uint64_t direct_map_pdpt[512];
extern char boot_stack_guard[];
}

namespace pecan {

/// The physical address of something in the kernel's image (slot 257).
inline PhysAddr image_phys(void const* object) { return PhysAddr{reinterpret_cast<Word>(object) - KERNEL_BASE}; }

/// All of the image, bss included.
inline PhysRange kernel_image()
{
    PhysAddr const start = image_phys(boot_image_start);
    return {start, image_phys(kernel_image_end) - start};
}

/// Gate text and stub page as frames, to be mapped in slot 256 of every address space.
inline PhysAddr gate_text_frames() { return image_phys(gate_text_image); }
inline PhysAddr stub_frame() { return image_phys(stub_page_image); }

inline bool is_kernel_text(VirtAddr address)
{
    Word const a = address.raw();
    return (a >= reinterpret_cast<Word>(kernel_text_start) && a < reinterpret_cast<Word>(kernel_text_end)) ||
           (a >= reinterpret_cast<Word>(gate_text_start) && a < reinterpret_cast<Word>(gate_text_end));
}

} // namespace pecan
