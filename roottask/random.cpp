// SPDX-License-Identifier: BSD-2-Clause
#include "random.hpp"

#include <l4/machine.hpp>

namespace root::random {

namespace {

/// Every bit of the result depends on every bit of the argument, and no two arguments have the same result
/// (the last step of the generator splitmix64).
constexpr Word mix(Word value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

bool processor_has_generator()
{
    constexpr std::uint32_t rdrand = 1U << 30;
    return (l4::cpuid(1).ecx & rdrand) != 0;
}

} // namespace

std::optional<Word> from_processor()
{
    if (!processor_has_generator()) return {};
    constexpr unsigned attempts = 10; // as many as Intel advises: it may be empty when others have asked for much
    for (unsigned i = 0; i < attempts; ++i) {
        Word value;
        bool is_valid;
        asm volatile("rdrand %0" : "=r"(value), "=@ccc"(is_valid));
        // Some processors answer with all ones for ever after a sleep.
        if (is_valid && value != ~Word{0}) return value;
    }
    return {};
}

Word from_jitter()
{
    // CPUID waits for all that goes on in the processor, and leaves a guest: its time varies most.
    constexpr unsigned rounds = 64;
    Word value = 0;
    for (unsigned i = 0; i < rounds; ++i) {
        (void)l4::cpuid(0);
        value = mix(value ^ l4::time_stamp());
    }
    return value;
}

Word word()
{
    static constinit Word state = 0;
    state = mix(state ^ from_jitter()) ^ from_processor().value_or(0);
    // What comes out does not tell what the state is.
    return mix(state + 0x9e3779b97f4a7c15) ^ mix(state);
}

} // namespace root::random
