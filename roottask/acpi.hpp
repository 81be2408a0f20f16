// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_ACPI_HPP
#define ROOTTASK_ACPI_HPP

#include <l4/acpi.hpp>

/// So much of ACPI as turning a machine off takes. Everything here works on bytes that firmware
/// wrote and believes none of them.
namespace root::acpi {

using namespace l4::acpi;
using l4::Word;

/// The parts of the FADT with which a machine is turned off and started again.
struct FixedDescription {
    Word dsdt = 0;
    std::uint16_t pm1a_control = 0; ///< port, 0: none
    std::uint16_t pm1b_control = 0;
    std::uint16_t smi_command = 0; ///< port, 0: ACPI mode is always on
    std::uint8_t acpi_enable = 0;  ///< what to write there
    std::uint16_t reset_port = 0;  ///< 0: none, or not a port
    std::uint8_t reset_value = 0;
};
std::optional<FixedDescription> parse_fadt(Bytes table);

/// The sleep types of the off state for both PM1 control registers: the first two elements of
/// the package \_S5, which is the same handful of bytes in every DSDT, so that no interpreter is needed.
struct SleepTypes {
    std::uint8_t a, b;
};
std::optional<SleepTypes> find_s5(Bytes dsdt);

/// What to write to a PM1 control register to enter a sleep state, given what is in it.
constexpr std::uint16_t sleep_enable = 1u << 13;
constexpr std::uint16_t sleep_type_mask = 7u << 10;
constexpr std::uint16_t sleep_command(std::uint16_t present, std::uint8_t type)
{
    return static_cast<std::uint16_t>((present & ~sleep_type_mask) | (type & 7u) << 10 | sleep_enable);
}

} // namespace root::acpi

#endif
