// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/acpi.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace root::acpi;

using Buffer = std::vector<std::byte>;

template <typename T>
void put(Buffer& buffer, std::size_t at, T value)
{
    ASSERT_LE(at + sizeof value, buffer.size());
    std::memcpy(buffer.data() + at, &value, sizeof value);
}
void put_text(Buffer& buffer, std::size_t at, std::string_view text)
{
    std::memcpy(buffer.data() + at, text.data(), text.size());
}
void fix_checksum(Buffer& buffer, std::size_t start, std::size_t size, std::size_t at)
{
    buffer[at] = std::byte{0};
    unsigned sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += static_cast<unsigned>(buffer[start + i]);
    buffer[at] = static_cast<std::byte>(-sum);
}

Buffer rsdp_area(std::size_t at, unsigned revision)
{
    Buffer area(0x1000);
    put_text(area, at, "RSD PTR ");
    put<std::uint8_t>(area, at + 15, static_cast<std::uint8_t>(revision));
    put<std::uint32_t>(area, at + 16, 0x7fe1234);
    fix_checksum(area, at, 20, at + 8);
    if (revision >= 2) {
        put<std::uint32_t>(area, at + 20, 36);
        put<std::uint64_t>(area, at + 24, 0x123456789a);
        fix_checksum(area, at, 36, at + 32);
    }
    return area;
}

Buffer table(std::string_view signature, std::size_t size)
{
    Buffer t(size);
    put_text(t, 0, signature);
    put<std::uint32_t>(t, 4, static_cast<std::uint32_t>(size));
    fix_checksum(t, 0, size, 9);
    return t;
}

Buffer fadt(std::size_t size)
{
    Buffer t = table("FACP", size);
    put<std::uint32_t>(t, 40, 0x7fe0000);
    put<std::uint32_t>(t, 48, 0xb2);
    put<std::uint8_t>(t, 52, 0xf1);
    put<std::uint32_t>(t, 64, 0x604);
    if (size >= 129) {
        put<std::uint32_t>(t, 112, 1u << 10);
        put<std::uint8_t>(t, 116, 1);
        put<std::uint64_t>(t, 120, 0xcf9);
        put<std::uint8_t>(t, 128, 0x0f);
    }
    fix_checksum(t, 0, size, 9);
    return t;
}

Buffer dsdt(std::vector<int> const& aml)
{
    Buffer t = table("DSDT", header_size);
    for (int const byte : aml) t.push_back(static_cast<std::byte>(byte));
    return t;
}

TEST(Acpi, FindsTheRootPointer)
{
    auto const old = find_root_pointer(rsdp_area(0x230, 0));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->address, 0x7fe1234u);
    EXPECT_FALSE(old->has_wide_entries);
    auto const wide = find_root_pointer(rsdp_area(0x10, 2));
    ASSERT_TRUE(wide);
    EXPECT_EQ(wide->address, 0x123456789au);
    EXPECT_TRUE(wide->has_wide_entries);
}

TEST(Acpi, RefusesRootPointersThatAreNone)
{
    EXPECT_FALSE(find_root_pointer({}));
    EXPECT_FALSE(find_root_pointer(Buffer(0x1000)));
    EXPECT_FALSE(find_root_pointer(rsdp_area(0x238, 0))) << "not on a 16-byte boundary";
    Buffer damaged = rsdp_area(0x230, 0);
    damaged[0x230 + 17] ^= std::byte{1};
    EXPECT_FALSE(find_root_pointer(damaged)) << "checksum";
    Buffer half_wide = rsdp_area(0x230, 2);
    half_wide[0x230 + 25] ^= std::byte{1};
    EXPECT_FALSE(find_root_pointer(half_wide)->has_wide_entries) << "the old part is still good";
    Buffer const whole = rsdp_area(0x230, 0);
    EXPECT_TRUE(find_root_pointer(Bytes{whole}.first(0x230 + 20)));
    EXPECT_FALSE(find_root_pointer(Bytes{whole}.first(0x230 + 19))) << "cut off";
}

TEST(Acpi, ChecksTables)
{
    Buffer t = table("FACP", 244);
    EXPECT_EQ(table_length(t), 244u);
    EXPECT_TRUE(is_table(t, "FACP"));
    EXPECT_FALSE(is_table(t, "RSDT"));
    EXPECT_FALSE(is_table(Bytes{t}.first(20), "FACP"));
    t[100] = std::byte{1};
    EXPECT_FALSE(is_table(t, "FACP"));
    put<std::uint32_t>(t, 4, 35);
    EXPECT_FALSE(table_length(t));
    put<std::uint32_t>(t, 4, ~0u);
    EXPECT_FALSE(table_length(t));
    EXPECT_FALSE(table_length(Bytes{t}.first(35)));
}

TEST(Acpi, ListsTables)
{
    Buffer list = table("RSDT", header_size + 8);
    put<std::uint32_t>(list, header_size + 4, 0x55667788);
    EXPECT_EQ(table_address(list, false, 1), 0x55667788u);
    EXPECT_FALSE(table_address(list, false, 2));
    EXPECT_EQ(table_address(list, true, 0), 0x5566778800000000u);
    EXPECT_FALSE(table_address(list, true, 1));
}

TEST(Acpi, ReadsTheFadt)
{
    auto const full = parse_fadt(fadt(244));
    ASSERT_TRUE(full);
    EXPECT_EQ(full->dsdt, 0x7fe0000u);
    EXPECT_EQ(full->pm1a_control, 0x604u);
    EXPECT_EQ(full->pm1b_control, 0u);
    EXPECT_EQ(full->smi_command, 0xb2u);
    EXPECT_EQ(full->acpi_enable, 0xf1u);
    EXPECT_EQ(full->reset_port, 0xcf9u);
    EXPECT_EQ(full->reset_value, 0x0fu);

    auto const old = parse_fadt(fadt(116));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->pm1a_control, 0x604u);
    EXPECT_EQ(old->reset_port, 0u);
    EXPECT_FALSE(parse_fadt(fadt(115)));
    EXPECT_FALSE(parse_fadt(table("APIC", 244)));

    Buffer memory_reset = fadt(244);
    put<std::uint8_t>(memory_reset, 116, 0);
    fix_checksum(memory_reset, 0, 244, 9);
    EXPECT_EQ(parse_fadt(memory_reset)->reset_port, 0u) << "a reset register in memory";
    Buffer far_port = fadt(244);
    put<std::uint32_t>(far_port, 64, 0x10604);
    fix_checksum(far_port, 0, 244, 9);
    EXPECT_EQ(parse_fadt(far_port)->pm1a_control, 0u) << "no port has such a number";
}

TEST(Acpi, FindsTheOffState)
{
    // Name (\_S5, Package (4) { Zero, Zero, Zero, Zero }), as QEMU writes it
    auto const zeros = find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x12, 6, 4, 0, 0, 0, 0}));
    ASSERT_TRUE(zeros);
    EXPECT_EQ(zeros->a, 0u);
    auto const bytes = find_s5(dsdt({1, 2, 0x08, '\\', '_', 'S', '5', '_', 0x12, 8, 4, 0x0a, 5, 0x0a, 6, 0, 0}));
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->a, 5u);
    EXPECT_EQ(bytes->b, 6u);
    auto const long_length = find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x12, 0x4a, 0, 2, 0x0a, 7, 0x01}));
    ASSERT_TRUE(long_length);
    EXPECT_EQ(long_length->a, 7u);
    EXPECT_EQ(long_length->b, 1u);
    auto const one = find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x12, 4, 1, 0x0a, 3}));
    ASSERT_TRUE(one);
    EXPECT_EQ(one->b, 3u);
}

TEST(Acpi, NoOffState)
{
    EXPECT_FALSE(find_s5({}));
    EXPECT_FALSE(find_s5(dsdt({})));
    EXPECT_FALSE(find_s5(dsdt({'_', 'S', '5', '_', 0x12, 6, 4, 0, 0, 0, 0}))) << "only a mention";
    EXPECT_FALSE(find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x11, 6, 4, 0, 0, 0, 0}))) << "no package";
    EXPECT_FALSE(find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x12, 6, 0, 0, 0, 0, 0}))) << "empty";
    EXPECT_FALSE(find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x12, 6, 4, 'A', 'B', 'C', 'D'}))) << "a name";
    EXPECT_FALSE(find_s5(dsdt({0x08, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a}))) << "cut off";
    for (std::size_t cut = 0; cut < 10; ++cut) {
        Buffer const whole = dsdt({0x08, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5});
        Buffer const part(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(cut) - 1);
        EXPECT_FALSE(find_s5(part)) << cut;
    }
}

TEST(Acpi, RandomBytesAreSurvived)
{
    std::mt19937 random{5};
    for (unsigned round = 0; round < 3000; ++round) {
        Buffer noise(random() % 300);
        for (std::byte& b : noise) b = static_cast<std::byte>("_S5_\x08\x12\x0a\xffRSD PTR"[random() % 15]);
        (void)find_s5(noise);
        (void)find_root_pointer(noise);
        (void)parse_fadt(noise);
        (void)table_address(noise, round % 2 == 0, random() % 100);
    }
}

TEST(Acpi, SleepCommandKeepsOtherBits)
{
    EXPECT_EQ(sleep_command(0x0001, 5), 0x3401u);
    EXPECT_EQ(sleep_command(0xffff, 0), 0xe3ffu);
}

} // namespace
