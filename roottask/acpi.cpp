// SPDX-License-Identifier: BSD-2-Clause
#include "acpi.hpp"

namespace root::acpi {

namespace {

// Offsets of the FADT: ACPI specification, 5.2.9.

std::uint8_t byte_at(Bytes bytes, std::size_t at) { return static_cast<std::uint8_t>(number_at(bytes, at, 1)); }

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
