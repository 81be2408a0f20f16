// SPDX-License-Identifier: BSD-2-Clause
/// Each bit of a descriptor and of DR7 by itself; the CPU's rules written down a second time, as Intel SDM 3A has them.
#include "kernel/vcpu/descriptor.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pecan {
namespace {

// What set_thread_area makes: a flat data segment for ring 3, accessed.
constexpr Word data = 0x00cf'f300'0000'ffff;
constexpr Word code = 0x00cf'fb00'0000'ffff;
constexpr Word bit(unsigned n) { return Word{1} << n; }

TEST(Descriptor, zero_and_segments_of_ring_3_are_allowed)
{
    EXPECT_TRUE(is_allowed_descriptor(0));
    EXPECT_TRUE(is_allowed_descriptor(data));
    EXPECT_TRUE(is_allowed_descriptor(code));
    EXPECT_TRUE(is_allowed_descriptor(data & ~bit(40))) << "not accessed: the kernel sets it";
    EXPECT_TRUE(is_allowed_descriptor(data | bit(42))) << "expand-down data";
    EXPECT_TRUE(is_allowed_descriptor(data & ~bit(41))) << "read-only data";
}

TEST(Descriptor, what_would_open_ring_0_is_not)
{
    EXPECT_FALSE(is_allowed_descriptor(data & ~bit(44))) << "a system segment";
    EXPECT_FALSE(is_allowed_descriptor(data & ~bit(47))) << "absent";
    EXPECT_FALSE(is_allowed_descriptor(data & ~bit(54))) << "a 16-bit stack";
    EXPECT_FALSE(is_allowed_descriptor(data | bit(53))) << "64-bit";
    EXPECT_FALSE(is_allowed_descriptor((code | bit(53)) & ~bit(54))) << "64-bit code";
    EXPECT_FALSE(is_allowed_descriptor(code | bit(42))) << "conforming code";
    for (Word dpl : {0, 1, 2}) EXPECT_FALSE(is_allowed_descriptor((data & ~(Word{3} << 45)) | dpl << 45)) << dpl;
    // Call, interrupt and trap gates, TSS and LDT, of any DPL.
    for (Word type = 0; type < 16; ++type)
        for (Word dpl = 0; dpl < 4; ++dpl)
            EXPECT_FALSE(is_allowed_descriptor(bit(47) | dpl << 45 | type << 40 | bit(54))) << type;
}

/// Whatever is allowed is, by its fields, what docs/gate.md says (rule 9).
TEST(Descriptor, random_words)
{
    std::mt19937_64 random{1};
    unsigned allowed = 0;
    for (int n = 0; n < 1'000'000; ++n) {
        Word const word = random();
        unsigned const type = word >> 40 & 15;
        bool const ring3 = (word >> 45 & 3) == 3, present = (word >> 47 & 1) != 0, segment = (word >> 44 & 1) != 0;
        bool const is_long = (word >> 53 & 1) != 0, is_32bit = (word >> 54 & 1) != 0;
        bool const conforming = (type & 8) != 0 && (type & 4) != 0;
        ASSERT_EQ(is_allowed_descriptor(word), ring3 && present && segment && !is_long && is_32bit && !conforming)
            << word;
        allowed += is_allowed_descriptor(word);
    }
    EXPECT_GT(allowed, 1000u);
}

TEST(Descriptor, what_is_there_is_accessed)
{
    EXPECT_EQ(with_accessed_bit(0), 0u);
    EXPECT_EQ(with_accessed_bit(data & ~bit(40)), data);
    EXPECT_EQ(with_accessed_bit(data), data);
}

TEST(DebugControl, breakpoints_of_code_and_data_are_allowed)
{
    EXPECT_TRUE(is_allowed_debug_control(0));
    EXPECT_TRUE(is_allowed_debug_control(0x400));
    for (unsigned n = 0; n < 4; ++n)
        for (Word type : {0, 1, 3})
            for (Word size = 0; size < 4; ++size)
                EXPECT_TRUE(is_allowed_debug_control(bit(2 * n) | type << (16 + 4 * n) | size << (18 + 4 * n)));
}

TEST(DebugControl, general_detect_ports_and_reserved_bits_are_not)
{
    EXPECT_FALSE(is_allowed_debug_control(bit(13)));
    // The type counts whether the breakpoint is enabled or not: enabling it is one bit more.
    for (unsigned n = 0; n < 4; ++n) EXPECT_FALSE(is_allowed_debug_control(Word{2} << (16 + 4 * n))) << n;
    for (unsigned n = 32; n < 64; ++n)
        EXPECT_FALSE(is_allowed_debug_control(bit(n))) << "MOV to DR7 would fault: " << n;
}

} // namespace
} // namespace pecan
