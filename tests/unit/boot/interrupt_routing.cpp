// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/interrupt_routing.hpp"

#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace pecan {
namespace {

/// The machine's first MiBs. Each read is a copy of exactly the bytes asked for, so that ASan sees whoever reads on.
std::vector<unsigned char> memory;
std::vector<std::vector<unsigned char>> copies;

ByteView read_memory(PhysAddr from, Word size)
{
    if (from.raw() > memory.size() || size > memory.size() - from.raw()) return {};
    auto const start = memory.begin() + static_cast<std::ptrdiff_t>(from.raw());
    copies.emplace_back(start, start + static_cast<std::ptrdiff_t>(size));
    return {copies.back().data(), size};
}

using Bytes = std::vector<unsigned char>;

template <typename T>
void append(Bytes& bytes, T value)
{
    auto const* const raw = reinterpret_cast<unsigned char const*>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof value);
}
void fix_sum(unsigned char* bytes, std::size_t size, std::size_t at)
{
    bytes[at] = 0;
    unsigned char sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum = static_cast<unsigned char>(sum + bytes[i]);
    bytes[at] = static_cast<unsigned char>(-sum);
}
Bytes table(char const* signature, Bytes const& body)
{
    Bytes bytes(36);
    std::memcpy(bytes.data(), signature, 4);
    bytes.insert(bytes.end(), body.begin(), body.end());
    auto const size = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(bytes.data() + 4, &size, 4);
    fix_sum(bytes.data(), bytes.size(), 9);
    return bytes;
}
void store(Word at, Bytes const& bytes) { std::memcpy(memory.data() + at, bytes.data(), bytes.size()); }

Bytes io_apic(std::uint32_t address, std::uint32_t first_input)
{
    Bytes bytes{1, 12, 0, 0};
    append(bytes, address);
    append(bytes, first_input);
    return bytes;
}
Bytes override_of(std::uint8_t line, std::uint32_t input, std::uint16_t flags)
{
    Bytes bytes{2, 10, 0, line};
    append(bytes, input);
    append(bytes, flags);
    return bytes;
}
Bytes const local_apic{0, 8, 0, 0, 1, 0, 0, 0};

Bytes madt(std::initializer_list<Bytes> entries)
{
    Bytes body(8);
    for (Bytes const& entry : entries) body.insert(body.end(), entry.begin(), entry.end());
    return table("APIC", body);
}

constexpr Word rsdt_at = 0x120000, xsdt_at = 0x121000, facp_at = 0x122000, madt_at = 0x123000;

Bytes root_pointer(unsigned revision)
{
    Bytes bytes{'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ', 0, 'P', 'E', 'C', 'A', 'N', ' ', 0};
    bytes[15] = static_cast<unsigned char>(revision);
    append(bytes, static_cast<std::uint32_t>(rsdt_at));
    fix_sum(bytes.data(), 20, 8);
    if (revision < 2) return bytes;
    append(bytes, std::uint32_t{36});
    append(bytes, std::uint64_t{xsdt_at});
    append(bytes, std::uint32_t{0});
    fix_sum(bytes.data(), 36, 32);
    return bytes;
}

template <typename Entry>
Bytes list(char const* signature)
{
    Bytes body;
    append(body, static_cast<Entry>(0xfff0000000)); // where nobody can look
    append(body, static_cast<Entry>(facp_at));
    append(body, static_cast<Entry>(madt_at));
    return table(signature, body);
}

/// A machine like QEMU's.
class InterruptRoutingTest : public testing::Test {
protected:
    InterruptRoutingTest()
    {
        memory.assign(2 << 20, 0);
        copies.clear();
        store(rsdt_at, list<std::uint32_t>("RSDT"));
        store(xsdt_at, list<std::uint64_t>("XSDT"));
        store(facp_at, table("FACP", Bytes(80)));
        store(madt_at, good_madt);
    }

    static ByteView view(Bytes const& bytes) { return {bytes.data(), bytes.size()}; }
    static BootResult<InterruptRouting> result(unsigned revision = 2)
    {
        static Bytes pointer;
        pointer = root_pointer(revision);
        return read_interrupt_routing(view(pointer), read_memory);
    }
    static void expect(BootFault fault, unsigned revision = 2)
    {
        auto const found = result(revision);
        ASSERT_FALSE(found.has_value());
        EXPECT_EQ(found.error().fault, fault);
        EXPECT_NE(printed(found.error()), "");
    }

    Bytes good_madt = madt({local_apic, io_apic(0xfec01000, 24), io_apic(0xfec80000, 0), override_of(0, 2, 0),
                            override_of(9, 9, 0xd), override_of(10, 20, 0xf)});
};

TEST_F(InterruptRoutingTest, what_the_table_says)
{
    for (unsigned const revision : {0u, 2u}) {
        auto const found = result(revision);
        ASSERT_TRUE(found.has_value());
        InterruptRouting const routing = found.value();
        EXPECT_EQ(routing.io_apic, PhysAddr{0xfec80000});
        EXPECT_EQ(routing.isa[0].input, 2);
        EXPECT_FALSE(routing.isa[0].is_level);
        EXPECT_EQ(routing.isa[1].input, 1);
        EXPECT_TRUE(routing.isa[9].is_level && !routing.isa[9].is_low);
        EXPECT_EQ(routing.isa[10].input, 20);
        EXPECT_TRUE(routing.isa[10].is_level && routing.isa[10].is_low);
    }
}

TEST_F(InterruptRoutingTest, root_pointer_in_low_memory)
{
    EXPECT_EQ(read_interrupt_routing({}, read_memory).error().fault, BootFault::acpi_missing);
    Bytes damaged = root_pointer(2);
    damaged[16] ^= 1;
    store(0xe0100, damaged);
    EXPECT_EQ(read_interrupt_routing({}, read_memory).error().fault, BootFault::acpi_missing);
    store(0xffff0 - 32, root_pointer(0));
    EXPECT_TRUE(read_interrupt_routing({}, read_memory).has_value());

    store(0xe0000, Bytes(0x20000));
    memory[0x40e] = 0xc0;
    memory[0x40f] = 0x9f;
    store(0x9fc40, root_pointer(2));
    EXPECT_TRUE(read_interrupt_routing({}, read_memory).has_value());
}

TEST_F(InterruptRoutingTest, damaged_root_pointer)
{
    Bytes pointer = root_pointer(2);
    pointer[3] = 'x';
    EXPECT_EQ(read_interrupt_routing(view(pointer), read_memory).error().fault, BootFault::acpi_damaged);
    pointer.resize(7);
    EXPECT_EQ(read_interrupt_routing(view(pointer), read_memory).error().fault, BootFault::acpi_damaged);
    // The newer part alone is damaged: the older list serves.
    pointer = root_pointer(2);
    pointer[33] ^= 1;
    EXPECT_TRUE(read_interrupt_routing(view(pointer), read_memory).has_value());
}

TEST_F(InterruptRoutingTest, damaged_lists)
{
    memory[xsdt_at + 10] ^= 1;
    expect(BootFault::acpi_damaged);
    for (std::uint32_t const length : {0u, 35u, 0x10000000u, ~0u}) {
        std::memcpy(memory.data() + rsdt_at + 4, &length, 4);
        expect(BootFault::acpi_damaged, 0);
    }
    store(xsdt_at, table("XSDT", Bytes{1, 2, 3}));
    expect(BootFault::acpi_missing);
}

TEST_F(InterruptRoutingTest, no_table_or_no_io_apic)
{
    memory[madt_at] = 'X';
    expect(BootFault::acpi_missing);
    store(madt_at, madt({}));
    expect(BootFault::no_io_apic);
    store(madt_at, madt({io_apic(0xfec00000, 24)}));
    expect(BootFault::no_io_apic);
    // Shorter than its fixed part.
    store(madt_at, table("APIC", Bytes(3)));
    expect(BootFault::no_io_apic);
}

TEST_F(InterruptRoutingTest, entries_that_make_no_sense)
{
    Bytes const apic = io_apic(0xfec00000, 0);
    Bytes const bad[] = {
        {1, 0},                              // no length: would go on for ever
        {1, 1},                              // shorter than its head
        {1, 4, 0, 0},                        // an I/O APIC without address
        {2, 8, 0, 0, 2, 0, 0, 0},            // an override without flags
        {1, 12, 0, 0},                       // reaches beyond the table
        override_of(16, 16, 0),              // no ISA line
        override_of(3, 0x1000, 0),           // no input
        Bytes{2, 10, 7, 3, 3, 0, 0, 0, 0, 0} // another bus
    };
    for (Bytes const& entry : bad) {
        store(madt_at, madt({apic, entry}));
        expect(BootFault::acpi_damaged);
    }
    // Half a head at the end is nobody's entry.
    store(madt_at, madt({apic, {1}}));
    EXPECT_TRUE(result().has_value());
}

TEST_F(InterruptRoutingTest, random_damage)
{
    std::mt19937 random{7};
    Word const places[] = {rsdt_at, xsdt_at, madt_at};
    for (unsigned round = 0; round < 4000; ++round) {
        copies.clear();
        store(rsdt_at, list<std::uint32_t>("RSDT"));
        store(xsdt_at, list<std::uint64_t>("XSDT"));
        store(madt_at, good_madt);
        for (unsigned n = 0; n < 3; ++n)
            memory[places[random() % 3] + random() % 120] = static_cast<unsigned char>(random());
        // A good checksum, so that the damage is looked at.
        for (Word const at : places) {
            std::uint32_t length = 0;
            std::memcpy(&length, memory.data() + at + 4, 4);
            if (length >= 36 && length < 4096) fix_sum(memory.data() + at, length, 9);
        }
        (void)result(round % 2 == 0 ? 0 : 2);
    }
}

} // namespace
} // namespace pecan
