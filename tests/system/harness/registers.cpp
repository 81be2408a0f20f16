// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/harness/registers.hpp"

namespace test {

Registers distinct_registers(Word seed, Word flags)
{
    Registers registers{};
    for (std::size_t n = 0; n < Registers::count; ++n) registers[n] = seed << 32 | (0xabcd0000 + n * 0x101);
    constexpr Word always = 2, interrupts = 0x200;
    registers.rflags = flags | always | interrupts;
    return registers;
}

} // namespace test
