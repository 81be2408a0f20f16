// SPDX-License-Identifier: BSD-2-Clause
#include "power.hpp"

#include "physical.hpp"

#include <l4/ipc.hpp>
#include <l4/machine.hpp>
#include <l4/sigma0.hpp>

namespace root {

namespace {

using l4::Word;

constexpr std::uint16_t keyboard_command = 0x64, reset_control = 0xcf9;

std::optional<acpi::Bytes> take_table(Word address)
{
    if (!physical::take({address, address + acpi::header_size})) return {};
    auto const length = acpi::table_length(physical::bytes({address, address + acpi::header_size}));
    if (!length || !physical::take({address, address + *length})) return {};
    return acpi::Bytes{physical::pointer(address), *length};
}

std::optional<acpi::RootPointer> take_root_pointer(acpi::Bytes copy)
{
    // The boot loader's copy: with UEFI it lies anywhere.
    if (auto const found = acpi::find_root_pointer(copy)) return found;
    // Where a BIOS puts it, in two halves that are of different kinds on some machines.
    for (l4::Range const half : {l4::Range{0xe0000, 0xf0000}, l4::Range{0xf0000, 0x100000}})
        if (physical::take(half))
            if (auto const found = acpi::find_root_pointer(physical::bytes(half))) return found;
    return {};
}

std::optional<acpi::FixedDescription> take_fadt(acpi::Bytes root_pointer)
{
    auto const pointer = take_root_pointer(root_pointer);
    if (!pointer) return {};
    auto const list = take_table(pointer->address);
    if (!list || !acpi::is_table(*list, pointer->signature())) return {};
    for (std::size_t n = 0;; ++n) {
        auto const address = acpi::table_address(*list, pointer->has_wide_entries, n);
        if (!address) return {};
        if (auto const table = take_table(*address))
            if (auto const fadt = acpi::parse_fadt(*table)) return fadt;
    }
}

/// The port, now ours; 0 if that is none, or one that nobody gets. To touch such a one would be our end.
std::uint16_t take_port(std::uint16_t port, unsigned log2count)
{
    bool const is_sensible = port != 0 && l4::is_aligned(port, Word{1} << log2count);
    return is_sensible && l4::sigma0::request_ports(port, log2count) ? port : std::uint16_t{0};
}

void give_time_to_work() { l4::sleep(l4::Time::milliseconds(1000)); }

} // namespace

void Power::prepare(acpi::Bytes root_pointer)
{
    for (std::uint16_t const port : {keyboard_command, reset_control}) (void)take_port(port, 0);
    auto const fadt = take_fadt(root_pointer);
    if (!fadt) return;
    fadt_ = *fadt;
    take_ports();
    auto const dsdt = take_table(fadt_.dsdt);
    auto const s5 = dsdt ? acpi::find_s5(*dsdt) : std::nullopt;
    if (!s5 || fadt_.pm1a_control == 0) return;
    off_ = *s5;
    has_off_state_ = true;
}

void Power::take_ports()
{
    fadt_.pm1a_control = take_port(fadt_.pm1a_control, 1);
    fadt_.pm1b_control = take_port(fadt_.pm1b_control, 1);
    fadt_.smi_command = take_port(fadt_.smi_command, 0);
    fadt_.reset_port = take_port(fadt_.reset_port, 0);
}

void Power::power_off() const
{
    if (!has_off_state_) return;
    constexpr std::uint16_t sci_enabled = 1;
    bool const is_acpi_mode = (l4::in16(fadt_.pm1a_control) & sci_enabled) != 0;
    if (!is_acpi_mode && fadt_.smi_command != 0 && fadt_.acpi_enable != 0) {
        l4::out8(fadt_.smi_command, fadt_.acpi_enable);
        for (unsigned i = 0; i < 300 && (l4::in16(fadt_.pm1a_control) & sci_enabled) == 0; ++i)
            l4::sleep(l4::Time::milliseconds(10));
    }
    l4::out16(fadt_.pm1a_control, acpi::sleep_command(l4::in16(fadt_.pm1a_control), off_.a));
    if (fadt_.pm1b_control != 0)
        l4::out16(fadt_.pm1b_control, acpi::sleep_command(l4::in16(fadt_.pm1b_control), off_.b));
    give_time_to_work();
}

void Power::reboot() const
{
    if (fadt_.reset_port != 0) {
        l4::out8(fadt_.reset_port, fadt_.reset_value);
        give_time_to_work();
    }
    constexpr std::uint8_t hard_reset = 0x02, reset_now = 0x06;
    l4::out8(reset_control, hard_reset);
    l4::out8(reset_control, reset_now);
    give_time_to_work();
    constexpr std::uint8_t pulse_reset_line = 0xfe;
    l4::out8(keyboard_command, pulse_reset_line);
    give_time_to_work();
}

} // namespace root
