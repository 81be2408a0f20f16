// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/io_apic.hpp"

#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/local_apic.hpp"
#include "kernel/memory/direct_map.hpp"

namespace pecan {

namespace {

constinit InterruptRouting routing{};
constexpr unsigned version_register = 1, first_redirection = 0x10;
constexpr std::uint32_t masked = 1u << 16, level_triggered = 1u << 15, active_low = 1u << 13;

std::uint32_t volatile& select() { return *direct_map<std::uint32_t>(routing.io_apic); }
std::uint32_t volatile& window() { return *direct_map<std::uint32_t>(routing.io_apic + 0x10); }

std::uint32_t read(unsigned index)
{
    select() = index;
    return window();
}

void write(unsigned index, std::uint32_t value)
{
    select() = index;
    window() = value;
}

void redirect(unsigned line, std::uint32_t mask)
{
    InterruptRouting::Line const pci{static_cast<std::uint8_t>(line), true, true};
    InterruptRouting::Line const at = line < isa_line_count ? routing.isa[line] : pci;
    unsigned const index = first_redirection + 2 * at.input;
    std::uint32_t const trigger = (at.is_level ? level_triggered : 0) | (at.is_low ? active_low : 0);
    write(index + 1, local_apic_id() << 24);
    write(index, (first_line_vector + line) | trigger | mask);
}

void disable_old_pics()
{
    constexpr std::uint16_t pic1 = 0x20, pic2 = 0xa0;
    // Remapped behind the exceptions, in case one of them still raises a spurious interrupt, then masked.
    constexpr std::uint16_t pics[] = {pic1, pic2};
    for (std::uint16_t const pic : pics) {
        x86::out8(pic, 0x11);
        x86::out8(pic + 1, pic == pic1 ? 0x20 : 0x28);
        x86::out8(pic + 1, pic == pic1 ? 4 : 2);
        x86::out8(pic + 1, 1);
        x86::out8(pic + 1, 0xff);
    }
}

} // namespace

unsigned initialise_io_apic(InterruptRouting const& by_firmware)
{
    routing = by_firmware;
    disable_old_pics();
    unsigned const lines = (read(version_register) >> 16 & 0xff) + 1;
    for (unsigned line = 0; line < lines; ++line) write(first_redirection + 2 * line, masked);
    return lines;
}

void io_apic_unmask(unsigned line) { redirect(line, 0); }
void io_apic_mask(unsigned line) { redirect(line, masked); }

} // namespace pecan
