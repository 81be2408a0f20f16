// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/local_apic.hpp"

#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/msr.hpp"
#include "kernel/boot/calibration.hpp"
#include "kernel/memory/direct_map.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

namespace {

enum Register : unsigned {
    id = 0x20,
    task_priority = 0x80,
    end_of_interrupt = 0xb0,
    spurious = 0xf0,
    request = 0x200,
    timer = 0x320,
    timer_initial_count = 0x380,
    timer_current_count = 0x390,
    timer_divide = 0x3e0,
};
constexpr std::uint32_t masked = 1u << 16;
constexpr std::uint32_t divide_by_1 = 0xb;
constexpr std::uint32_t software_enable = 1u << 8;

constinit std::uint32_t volatile* registers = nullptr;
/// APIC timer ticks per 2^32 TSC ticks.
constinit Word ticks_per_tsc = 0;

std::uint32_t read(Register r) { return registers[r / 4]; }
void write(Register r, std::uint32_t value) { registers[r / 4] = value; }

// The PIT's second channel counts down and can be gated and read without an interrupt.
constexpr std::uint16_t pit_channel2 = 0x42, pit_command = 0x43, pit_gate = 0x61;

void load_counters()
{
    constexpr std::uint8_t mode_0 = 0xb0; // channel 2, both bytes: the output rises at the end of the count
    x86::out8(pit_gate, static_cast<std::uint8_t>((x86::in8(pit_gate) & ~2) | 1));
    x86::out8(pit_command, mode_0);
    x86::out8(pit_channel2, 0xff);
    x86::out8(pit_channel2, 0xff);
    write(timer_initial_count, ~0u);
}

CounterReading read_counters()
{
    constexpr std::uint8_t latch = 0x80, output = 0x20;
    CounterReading reading{};
    reading.tsc_before = x86::read_tsc();
    x86::out8(pit_command, latch);
    reading.apic = read(timer_current_count);
    reading.tsc_after = x86::read_tsc();
    std::uint8_t const low = x86::in8(pit_channel2);
    reading.pit = static_cast<std::uint16_t>(low | x86::in8(pit_channel2) << 8);
    // Read last: a count that was latched in time is thrown away sometimes, one that has wrapped always.
    reading.pit_has_wrapped = (x86::in8(pit_gate) & output) != 0;
    return reading;
}

Calibration calibrate()
{
    Calibration calibration;
    Calibration::Next next = Calibration::Next::reload;
    while (next != Calibration::Next::done) {
        if (next == Calibration::Next::failed)
            panic("PIT, APIC timer and TSC do not keep time with each other: cannot learn the clock's frequency");
        if (next == Calibration::Next::reload) {
            load_counters();
            calibration.begin();
        }
        next = calibration.add(read_counters());
    }
    return calibration;
}

} // namespace

Clock initialise_local_apic()
{
    constexpr Word base_mask = 0xffffff000;
    Word const base = x86::read_msr(x86::msr_apic_base);
    x86::write_msr(x86::msr_apic_base, base | 1u << 11);
    registers = direct_map<std::uint32_t>(PhysAddr{base & base_mask});
    write(task_priority, 0);
    write(spurious, software_enable | spurious_vector);
    write(timer_divide, divide_by_1);
    write(timer, masked | timer_vector);
    Calibration const calibration = calibrate();
    write(timer_initial_count, 0);
    write(timer, timer_vector);
    ticks_per_tsc = calibration.apic_per_tsc();
    return Clock{Tsc{x86::read_tsc()}, calibration.tsc_khz()};
}

void local_apic_arm_timer(Tsc due)
{
    Word const now = x86::read_tsc();
    Word const distance = due.ticks > now ? due.ticks - now : 0;
    Word const ticks = static_cast<Word>(static_cast<unsigned __int128>(distance) * ticks_per_tsc >> 32);
    write(timer_initial_count, ticks >= ~0u ? ~0u : static_cast<std::uint32_t>(ticks) + 1);
}

void local_apic_end_of_interrupt() { write(end_of_interrupt, 0); }
bool local_apic_interrupt_waits()
{
    // Eight registers of 32 vectors each; the first belongs to exceptions.
    std::uint32_t waiting = 0;
    for (unsigned n = 1; n < 8; ++n) waiting |= read(static_cast<Register>(request + 0x10 * n));
    return waiting != 0;
}
std::uint32_t local_apic_id() { return read(id) >> 24; }

} // namespace pecan
