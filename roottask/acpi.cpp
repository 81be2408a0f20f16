// SPDX-License-Identifier: BSD-2-Clause
#include "acpi.hpp"

namespace root::acpi {

namespace {

// Offsets from the ACPI specification: 5.2.5.3 (RSDP), 5.2.6 (headers), 5.2.9 (FADT).
constexpr std::size_t rsdp_size_1 = 20, rsdp_size_2 = 36, rsdp_alignment = 16;
constexpr std::size_t max_table_length = 4 * l4::mebi;

std::uint8_t byte_at(Bytes bytes, std::size_t at)
{
    return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
}

/// A little-endian number; bytes beyond the end read as 0, as fields that old tables lack should.
Word number_at(Bytes bytes, std::size_t at, unsigned size)
{
    Word value = 0;
    for (unsigned i = 0; i < size; ++i) value |= Word{byte_at(bytes, at + i)} << (8 * i);
    return value;
}

bool has_text(Bytes bytes, std::size_t at, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (at + i >= bytes.size() || static_cast<char>(bytes[at + i]) != text[i]) return false;
    return true;
}

bool sums_to_zero(Bytes bytes)
{
    unsigned sum = 0;
    for (std::byte const b : bytes) sum += static_cast<unsigned>(b);
    return (sum & 0xff) == 0;
}

std::uint16_t port_at(Bytes table, std::size_t at, unsigned size)
{
    Word const port = number_at(table, at, size);
    return port <= 0xffff ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}

/// A small AML constant: ZeroOp, OneOp, OnesOp or a byte behind BytePrefix. Moves behind it.
std::optional<std::uint8_t> take_constant(Bytes aml, std::size_t& at)
{
    std::uint8_t const op = byte_at(aml, at++);
    if (op == 0x00 || op == 0x01 || op == 0xff) return op;
    if (op == 0x0a && at < aml.size()) return byte_at(aml, at++);
    return {};
}

} // namespace

std::optional<RootPointer> find_root_pointer(Bytes low_memory)
{
    for (std::size_t at = 0; at + rsdp_size_1 <= low_memory.size(); at += rsdp_alignment) {
        if (!has_text(low_memory, at, "RSD PTR ") || !sums_to_zero(low_memory.subspan(at, rsdp_size_1))) continue;
        std::uint8_t const revision = byte_at(low_memory, at + 15);
        if (revision >= 2 && at + rsdp_size_2 <= low_memory.size() &&
            sums_to_zero(low_memory.subspan(at, rsdp_size_2))) {
            if (Word const wide = number_at(low_memory, at + 24, 8); wide != 0) return RootPointer{wide, true};
        }
        return RootPointer{number_at(low_memory, at + 16, 4), false};
    }
    return {};
}

std::optional<std::size_t> table_length(Bytes header)
{
    if (header.size() < header_size) return {};
    std::size_t const length = number_at(header, 4, 4);
    if (length < header_size || length > max_table_length) return {};
    return length;
}

bool is_table(Bytes table, std::string_view signature)
{
    return table.size() >= header_size && has_text(table, 0, signature) && sums_to_zero(table);
}

std::optional<Word> table_address(Bytes list, bool has_wide_entries, std::size_t n)
{
    unsigned const size = has_wide_entries ? 8 : 4;
    std::size_t const at = header_size + n * size;
    if (at + size > list.size()) return {};
    return number_at(list, at, size);
}

std::optional<FixedDescription> parse_fadt(Bytes table)
{
    constexpr std::size_t size_of_revision_1 = 116;
    if (!is_table(table, "FACP") || table.size() < size_of_revision_1) return {};
    FixedDescription fadt;
    Word const wide_dsdt = number_at(table, 140, 8);
    fadt.dsdt = wide_dsdt != 0 ? wide_dsdt : number_at(table, 40, 4);
    fadt.smi_command = port_at(table, 48, 4);
    fadt.acpi_enable = byte_at(table, 52);
    fadt.pm1a_control = port_at(table, 64, 4);
    fadt.pm1b_control = port_at(table, 68, 4);

    constexpr Word reset_supported = 1u << 10;
    constexpr std::uint8_t io_space = 1;
    bool const has_reset = (number_at(table, 112, 4) & reset_supported) != 0 && byte_at(table, 116) == io_space;
    if (has_reset && table.size() >= 129) {
        fadt.reset_port = port_at(table, 120, 8);
        fadt.reset_value = byte_at(table, 128);
    }
    return fadt;
}

std::optional<SleepTypes> find_s5(Bytes dsdt)
{
    constexpr std::uint8_t name_op = 0x08, package_op = 0x12, root_char = '\\';
    for (std::size_t at = header_size; at + 4 < dsdt.size(); ++at) {
        if (!has_text(dsdt, at, "_S5_") || byte_at(dsdt, at + 4) != package_op) continue;
        // Name (_S5_, Package ...) or Name (\_S5_, ...): other places only mention the name.
        bool const is_definition = byte_at(dsdt, at - 1) == name_op ||
                                   (byte_at(dsdt, at - 1) == root_char && byte_at(dsdt, at - 2) == name_op);
        if (!is_definition) continue;
        // The package's length takes one byte, and as many more as that one's top bits say.
        std::size_t cursor = at + 5;
        cursor += 1u + (byte_at(dsdt, cursor) >> 6);
        std::uint8_t const elements = byte_at(dsdt, cursor++);
        auto const a = take_constant(dsdt, cursor);
        if (elements < 1 || !a || cursor > dsdt.size()) return {};
        auto const b = elements > 1 ? take_constant(dsdt, cursor) : a;
        return SleepTypes{*a, b.value_or(*a)};
    }
    return {};
}

} // namespace root::acpi
