// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/interrupt_routing.hpp"

namespace pecan {

namespace {

/// 5.2.5.3
struct [[gnu::packed]] RootPointer {
    char signature[8];
    std::uint8_t checksum;
    char oem[6];
    std::uint8_t revision;
    std::uint32_t rsdt;
    // Revision 2 and up
    std::uint32_t length;
    std::uint64_t xsdt;
};
constexpr Word old_root_pointer_size = 20, new_root_pointer_size = 36;
constexpr char const* root_pointer_name = "RSDP";

/// 5.2.6
struct [[gnu::packed]] TableHeader {
    char signature[4];
    std::uint32_t length;
    char rest[28];
};
static_assert(sizeof(TableHeader) == 36);
constexpr Word longest_table = 1 << 20;

struct EntryHeader {
    std::uint8_t type, length;
};
struct [[gnu::packed]] IoApicEntry {
    EntryHeader header;
    std::uint8_t id, reserved;
    std::uint32_t address, first_input;
};
struct [[gnu::packed]] OverrideEntry {
    EntryHeader header;
    std::uint8_t bus, line;
    std::uint32_t input;
    std::uint16_t flags;
};
constexpr Word entries_start = sizeof(TableHeader) + 8;

BootError damaged(Text table) { return {.fault = BootFault::acpi_damaged, .other = table}; }

bool sums_to_zero(ByteView bytes)
{
    unsigned sum = 0;
    for (Word i = 0; i < bytes.size(); ++i) sum += bytes.data()[i];
    return (sum & 0xff) == 0;
}

bool is_root_pointer(ByteView bytes)
{
    return bytes.holds(0, old_root_pointer_size) && __builtin_memcmp(bytes.data(), "RSD PTR ", 8) == 0 &&
           sums_to_zero(bytes.part(0, old_root_pointer_size));
}

/// In the first KiB of the extended BIOS data area, or in the BIOS's own memory, at a multiple of 16 (5.2.5.1).
ByteView find_root_pointer(PhysicalReader read)
{
    constexpr PhysAddr segment_of_ebda{0x40e};
    std::uint16_t segment = 0;
    (void)read(segment_of_ebda, sizeof segment).read(0, segment);
    ByteView const places[] = {read(PhysAddr{Word{segment} << 4}, 1024), read(PhysAddr{0xe0000}, 0x20000)};
    for (ByteView const place : places)
        for (Word at = 0; place.holds(at, old_root_pointer_size); at += 16)
            if (ByteView const found = place.part(at, new_root_pointer_size); is_root_pointer(found)) return found;
    return {};
}

BootResult<ByteView> read_table(PhysAddr where, PhysicalReader read, Text name)
{
    TableHeader header;
    if (!read(where, sizeof header).read(0, header) || header.length < sizeof header || header.length > longest_table)
        return damaged(name);
    ByteView const table = read(where, header.length);
    if (table.size() < header.length || !sums_to_zero(table)) return damaged(name);
    return table;
}

/// The table with this signature, by the list of all tables.
BootResult<ByteView> find_table(ByteView list, Word entry_size, Text signature, PhysicalReader read)
{
    for (Word at = sizeof(TableHeader); list.holds(at, entry_size); at += entry_size) {
        Word address = 0;
        __builtin_memcpy(&address, list.data() + at, entry_size);
        ByteView const name = read(PhysAddr{address}, 4);
        if (name.size() == 4 && Text{reinterpret_cast<char const*>(name.data()), 4} == signature)
            return read_table(PhysAddr{address}, read, signature);
    }
    return BootError{.fault = BootFault::acpi_missing, .other = signature};
}

BootResult<ByteView> find_madt(ByteView root_pointer, PhysicalReader read)
{
    RootPointer root{};
    // An old one is shorter.
    __builtin_memcpy(&root, root_pointer.data(), old_root_pointer_size);
    bool const is_new = root.revision >= 2 && root_pointer.read(0, root) &&
                        sums_to_zero(root_pointer.part(0, new_root_pointer_size)) && root.xsdt != 0;
    ByteView const list = is_new ? TRY(read_table(PhysAddr{root.xsdt}, read, "XSDT"))
                                 : TRY(read_table(PhysAddr{root.rsdt}, read, "RSDT"));
    return find_table(list, is_new ? 8 : 4, "APIC", read);
}

bool apply_override(OverrideEntry const& entry, InterruptRouting& routing)
{
    constexpr std::uint16_t low = 3, level = 3 << 2;
    constexpr std::uint32_t most_inputs = 240;
    if (entry.bus != 0 || entry.line >= isa_line_count || entry.input >= most_inputs) return false;
    routing.isa[entry.line] = {static_cast<std::uint8_t>(entry.input), (entry.flags & level) == level,
                               (entry.flags & low) == low};
    return true;
}

BootResult<Ok> read_entry(ByteView entry, InterruptRouting& routing)
{
    enum Type : std::uint8_t { io_apic = 1, interrupt_override = 2 };
    EntryHeader header{};
    (void)entry.read(0, header);
    IoApicEntry apic;
    OverrideEntry changed;
    if (header.type == io_apic) {
        if (!entry.read(0, apic)) return damaged("APIC");
        if (apic.first_input == 0) routing.io_apic = PhysAddr{apic.address};
    } else if (header.type == interrupt_override) {
        if (!entry.read(0, changed) || !apply_override(changed, routing)) return damaged("APIC");
    }
    return Ok{};
}

} // namespace

BootResult<InterruptRouting> read_interrupt_routing(ByteView root_pointer, PhysicalReader read)
{
    if (root_pointer.size() == 0) root_pointer = find_root_pointer(read);
    if (root_pointer.size() == 0) return BootError{.fault = BootFault::acpi_missing, .other = root_pointer_name};
    if (!is_root_pointer(root_pointer)) return damaged(root_pointer_name);
    ByteView const madt = TRY(find_madt(root_pointer, read));

    // ISA lines are edge-triggered and active high at the input of their number, unless an entry says otherwise.
    InterruptRouting routing;
    for (unsigned line = 0; line < isa_line_count; ++line) routing.isa[line].input = static_cast<std::uint8_t>(line);
    EntryHeader header;
    for (Word at = entries_start; madt.read(at, header); at += header.length) {
        if (header.length < sizeof header || !madt.holds(at, header.length)) return damaged("APIC");
        TRY(read_entry(madt.part(at, header.length), routing));
    }
    if (routing.io_apic == PhysAddr{0}) return BootError{.fault = BootFault::no_io_apic};
    return routing;
}

} // namespace pecan
