// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/local_apic.hpp"

#include "kernel/arch/x86/instructions.hpp"
#include "kernel/arch/x86/msr.hpp"
#include "kernel/memory/direct_map.hpp"
#include "kernel/support/panic.hpp"

namespace pecan {

namespace {

enum Register : unsigned {
    id = 0x20,
    task_priority = 0x80,
    end_of_interrupt = 0xb0,
    spurious = 0xf0,
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

// The PIT's second channel counts at 1.193182 MHz and can be gated and read without an interrupt.
constexpr std::uint16_t pit_channel2 = 0x42, pit_command = 0x43, pit_gate = 0x61;
constexpr Word pit_hertz = 1193182;
constexpr Word pit_interval = pit_hertz / 100;

struct Sample {
    Word tsc, apic;
};

/// Ticks of TSC and APIC timer during 10 ms of the PIT; zero if the wait did not end in a sane number of polls.
Sample measure()
{
    x86::out8(pit_gate, static_cast<std::uint8_t>((x86::in8(pit_gate) & ~2) | 1));
    x86::out8(pit_command, 0xb0); // channel 2, both bytes, mode 0: output rises at the end of the count
    x86::out8(pit_channel2, pit_interval & 0xff);
    write(timer_initial_count, ~0u);
    std::uint32_t const apic = read(timer_current_count);
    x86::out8(pit_channel2, pit_interval >> 8);
    Word const tsc = x86::read_tsc();
    for (unsigned polls = 0; polls < 10'000'000; ++polls) {
        if ((x86::in8(pit_gate) & 0x20) == 0) continue;
        Word const ticks = x86::read_tsc() - tsc;
        return {ticks, apic - read(timer_current_count)};
    }
    return {0, 0};
}

/// The shortest of several samples: a disturbance (an SMI, a host that was busy) only ever makes one longer.
Sample best_sample()
{
    Sample best{~Word{0}, 0};
    for (unsigned n = 0; n < 5; ++n) {
        Sample const sample = measure();
        if (sample.tsc != 0 && sample.tsc < best.tsc) best = sample;
    }
    if (best.apic == 0) panic("the PIT does not count: no way to learn the TSC's frequency");
    return best;
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
    Sample const sample = best_sample();
    write(timer_initial_count, 0);
    write(timer, timer_vector);
    ticks_per_tsc = (sample.apic << 32) / sample.tsc;
    Word const khz = sample.tsc * pit_hertz / pit_interval / 1000;
    return Clock{Tsc{x86::read_tsc()}, khz};
}

void local_apic_arm_timer(Tsc due)
{
    Word const now = x86::read_tsc();
    Word const distance = due.ticks > now ? due.ticks - now : 0;
    Word const ticks = static_cast<Word>(static_cast<unsigned __int128>(distance) * ticks_per_tsc >> 32);
    write(timer_initial_count, ticks >= ~0u ? ~0u : static_cast<std::uint32_t>(ticks) + 1);
}

void local_apic_end_of_interrupt() { write(end_of_interrupt, 0); }
std::uint32_t local_apic_id() { return read(id) >> 24; }

} // namespace pecan
