// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/kip.hpp"

#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/thread/thread_table.hpp"

namespace pecan {

namespace {

// The page: fixed fields, processor descriptors, kernel description, and memory descriptors up to the end.
constexpr Word processors_offset = sizeof(l4_kip);
constexpr Word processor_log2size = 5;
constexpr Word most_processors = 16;
constexpr Word description_offset = processors_offset + most_processors * sizeof(l4_proc_desc);
constexpr Word memory_offset = 0x500;
constexpr Word most_descriptors = (page_size - memory_offset) / sizeof(l4_kip_memory_desc);
/// The rest is for heap, image, servers, modules (32), tables and what the kernel adds later.
constexpr Word most_regions = most_descriptors - 64;
static_assert(processors_offset == 0x240 && sizeof(l4_proc_desc) == 1 << processor_log2size);

/// Kernel 6.1: neither number is taken by another kernel of the family.
constexpr Word kernel_id = Word{6} << 24 | Word{1} << 16;
constexpr Word kernel_version = Word{0} << 24 | Word{1} << 16;
constexpr Word date(Word year, Word month, Word day) { return (year - 2000) << 9 | month << 5 | day; }
constexpr Word generation_date = date(2026, 11, 22);
constexpr Word supplier_pcan = 'P' | 'C' << 8 | 'A' << 16 | Word{'N'} << 24;

/// Version, then features, each with its NUL. An empty string ends the list: the literal's own NUL.
/// The test in the classic headers takes any list for any feature, so nothing may be named lightly.
constexpr char names[] = "Pecan 0.1\0"
                         "ioflexpages\0";

struct KernelDescription {
    Word id, date, version, supplier;
    char strings[sizeof names];
};
static_assert(description_offset + sizeof(KernelDescription) <= memory_offset);

/// As a time period (X.2, 1.2).
constexpr Word microsecond = 1;

constexpr Word stub(Word number) { return STUB_PAGE + STUB_SIZE * number; }

constexpr Word utcb_area(Word minimal_log2size, Word alignment_log2, Word multiplier)
{
    return minimal_log2size << 16 | alignment_log2 << 10 | multiplier;
}

void set_link_words(l4_kip& kip)
{
    kip.space_control = stub(STUB_SPACE_CONTROL);
    kip.thread_control = stub(STUB_THREAD_CONTROL);
    kip.processor_control = stub(STUB_PROCESSOR_CONTROL);
    kip.memory_control = stub(STUB_MEMORY_CONTROL);
    kip.ipc = stub(STUB_IPC);
    kip.lipc = stub(STUB_LIPC);
    kip.unmap = stub(STUB_UNMAP);
    kip.exchange_registers = stub(STUB_EXCHANGE_REGISTERS);
    kip.system_clock = stub(STUB_SYSTEM_CLOCK);
    kip.thread_switch = stub(STUB_THREAD_SWITCH);
    kip.schedule = stub(STUB_SCHEDULE);
    kip.vcpu_call = stub(STUB_VCPU_CALL);
}

void set_constants(l4_kip& kip)
{
    kip.magic = L4_KIP_MAGIC;
    kip.api_version = L4_KIP_API_VERSION;
    kip.api_flags = L4_KIP_API_FLAGS;
    kip.utcb_info = utcb_area(12, 10, 1);
    kip.kip_area_info = page_bits;
    kip.proc_desc_offset = processors_offset;
    kip.processor_info = processor_log2size << 60;
    kip.thread_info = user_base << 20 | system_base << 8 | thread_number_bits;
    kip.page_info = page_size | large_page_size | L4_RIGHTS_RWX;
    kip.memory_info = memory_offset << 32;
    // The clock and the timer go by the TSC: what is read and what is waited for is exact to a microsecond.
    kip.clock_info = microsecond << 16 | microsecond;
}

void set_description(l4_kip& kip, unsigned char* page)
{
    KernelDescription description{kernel_id, generation_date, kernel_version, supplier_pcan, {}};
    __builtin_memcpy(description.strings, names, sizeof names);
    __builtin_memcpy(page + description_offset, &description, sizeof description);
    kip.kernel_desc_offset = description_offset;
}

/// Descriptors count in kibibytes; the last one ends with its last byte.
void add_descriptor(l4_kip& kip, Word first, Word last, Word type_bits)
{
    constexpr Word unit = 1024;
    Word const count = kip.memory_info & 0xffffffff;
    ensure(count < most_descriptors);
    l4_kip_memory_desc const descriptor{align_down(first, unit) | type_bits, align_down(last, unit)};
    auto* page = reinterpret_cast<unsigned char*>(&kip);
    __builtin_memcpy(page + memory_offset + count * sizeof descriptor, &descriptor, sizeof descriptor);
    kip.memory_info = memory_offset << 32 | (count + 1);
}

/// The firmware's types in X.2's words; what is not RAM keeps its number as the subtype.
Word memory_type(MemoryRegion const& region)
{
    if (region.is_ram()) return L4_MEMORY_CONVENTIONAL;
    Word const subtype = region.type < 16 ? region.type : 2;
    return subtype << 4 | L4_MEMORY_ARCH;
}

} // namespace

l4_kip& start_kip(void* page)
{
    static_assert(user_base < 1 << 12);
    __builtin_memset(page, 0, page_size);
    l4_kip& kip = *static_cast<l4_kip*>(page);
    set_constants(kip);
    set_link_words(kip);
    set_description(kip, static_cast<unsigned char*>(page));
    return kip;
}

l4_kip_server kip_server(ServerBox const& server)
{
    // No stack: a server's start code sets its own.
    return {0, server.entry.raw(), server.image.start.raw(), server.image.end().raw()};
}

BootResult<Ok> add_firmware_memory(l4_kip& kip, MemoryMap const& map)
{
    if (map.regions().size() > most_regions)
        return BootError{.fault = BootFault::too_many_regions, .limit = most_regions};
    add_descriptor(kip, 0, ~Word{0}, L4_MEMORY_SHARED);
    for (MemoryRegion const& region : map.regions())
        add_descriptor(kip, region.range.start.raw(), region.range.end().raw() - 1, memory_type(region));
    add_descriptor(kip, 0xa0000, 0xbffff, L4_MEMORY_SHARED); // video memory
    add_descriptor(kip, 0xc0000, 0xeffff, L4_MEMORY_SHARED); // ROMs of cards
    return Ok{};
}

void add_user_addresses(l4_kip& kip, VirtAddr last)
{
    constexpr Word is_virtual = 1 << 9;
    add_descriptor(kip, 0, last.raw(), is_virtual | L4_MEMORY_CONVENTIONAL);
}

void add_kip_memory(l4_kip& kip, PhysRange range, Word type)
{
    if (range.size != 0) add_descriptor(kip, range.start.raw(), range.end().raw() - 1, type);
}

void set_kip_frequency(l4_kip& kip, Word processor, Word external_khz, Word internal_khz)
{
    ensure(processor < most_processors);
    l4_proc_desc const descriptor{external_khz, internal_khz, {}};
    auto* page = reinterpret_cast<unsigned char*>(&kip);
    __builtin_memcpy(page + processors_offset + processor * sizeof descriptor, &descriptor, sizeof descriptor);
}

} // namespace pecan
