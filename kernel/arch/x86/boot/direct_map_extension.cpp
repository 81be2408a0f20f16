// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/boot/direct_map_extension.hpp"

#include "kernel/arch/x86/boot/image.hpp"
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/pte.hpp"
#include "kernel/memory/direct_map.hpp"

namespace pecan {

namespace {

constexpr Word gib = Word{1} << 30;
constexpr Word table = Pte::present | Pte::writable | Pte::accessed;
constexpr Word large_page = table | Pte::dirty | Pte::page_size_bit | Pte::no_execute;
constexpr Word entries = 512;

/// GiB that the direct map covers: one directory of large pages each. Slot 258 alone reaches 512 GiB; RAM above
/// that is not used.
Word directories(MemoryMap const& map)
{
    Word const count = align_up(map.ram_end().raw(), gib) / gib;
    return count < 4 ? 4 : count > entries ? entries : count;
}

} // namespace

Word direct_map_tables_size(MemoryMap const& map) { return (directories(map) - 4) * page_size; }

void extend_direct_map(MemoryMap const& map, PhysAddr tables)
{
    for (Word i = 4; i < directories(map); ++i) {
        PhysAddr const where = tables + (i - 4) * page_size;
        auto* directory = direct_map<Word>(where);
        for (Word j = 0; j < entries; ++j) directory[j] = (i * gib + j * large_page_size) | large_page;
        direct_map_pdpt[i] = where.raw() | table;
    }
    direct_map_end = directories(map) * gib;
}

void drop_boot_mappings()
{
    for (char* page = boot_image_start; page != boot_image_end; page += page_size)
        image_page_table[image_phys(page).raw() / page_size] = 0;
    image_page_table[image_phys(boot_stack_guard).raw() / page_size] = 0;
    kernel_pml4[0] = 0;
    x86::write_cr3(image_phys(kernel_pml4).raw());
}

} // namespace pecan
