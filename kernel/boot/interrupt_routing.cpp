// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/interrupt_routing.hpp"

#include "l4/acpi.hpp"

namespace pecan {

namespace {

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
constexpr Word entries_start = l4::acpi::header_size + 8;

BootError damaged(Text table) { return {.fault = BootFault::acpi_damaged, .other = table}; }

/// In the first KiB of the extended BIOS data area, or in the BIOS's own memory (5.2.5.1).
std::optional<l4::acpi::RootPointer> search_low_memory(PhysicalReader read)
{
    constexpr PhysAddr segment_of_ebda{0x40e};
    std::uint16_t segment = 0;
    (void)read(segment_of_ebda, sizeof segment).read(0, segment);
    auto const found = l4::acpi::find_root_pointer(read(PhysAddr{Word{segment} << 4}, 1024).bytes());
    return found ? found : l4::acpi::find_root_pointer(read(PhysAddr{0xe0000}, 0x20000).bytes());
}

BootResult<ByteView> read_table(PhysAddr where, PhysicalReader read, Text signature)
{
    auto const length = l4::acpi::table_length(read(where, l4::acpi::header_size).bytes());
    ByteView const table = length ? read(where, *length) : ByteView{};
    if (!l4::acpi::is_table(table.bytes(), signature)) return damaged(signature);
    return table;
}

BootResult<ByteView> find_madt(l4::acpi::RootPointer const& root, PhysicalReader read)
{
    constexpr Text signature = "APIC";
    ByteView const list = TRY(read_table(PhysAddr{root.address}, read, root.signature()));
    for (std::size_t n = 0;; ++n) {
        auto const address = l4::acpi::table_address(list.bytes(), root.has_wide_entries, n);
        if (!address) return BootError{.fault = BootFault::acpi_missing, .other = signature};
        if (read(PhysAddr{*address}, signature.size()).text() == signature)
            return read_table(PhysAddr{*address}, read, signature);
    }
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
    bool const is_given = root_pointer.size() != 0;
    auto const root = is_given ? l4::acpi::find_root_pointer(root_pointer.bytes()) : search_low_memory(read);
    if (!root) return BootError{.fault = is_given ? BootFault::acpi_damaged : BootFault::acpi_missing, .other = "RSDP"};
    ByteView const madt = TRY(find_madt(*root, read));

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
