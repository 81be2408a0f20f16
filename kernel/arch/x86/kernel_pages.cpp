// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/kernel_pages.hpp"

#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/pte.hpp"
#include "kernel/memory/kernel_heap.hpp"

namespace pecan {

namespace {

constexpr Word table_bits = Pte::present | Pte::writable | Pte::accessed | Pte::dirty;

Word& entry(Word address)
{
    PhysAddr const table{image_directory[address >> large_page_bits & 511] & Pte::address_mask};
    return direct_map<Word>(table)[address >> page_bits & 511];
}

} // namespace

void make_kernel_table(Word region)
{
    image_directory[region >> large_page_bits & 511] = boot_frame().raw() | table_bits;
}

void map_kernel_page(Word address, PhysAddr frame)
{
    entry(address) = frame.raw() | table_bits | Pte::no_execute;
    x86::invalidate_page(address);
}

PhysAddr kernel_page(Word address) { return PhysAddr{entry(address) & Pte::address_mask}; }

} // namespace pecan
