// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/trap/io_instruction.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pecan {
namespace {

constexpr std::uint16_t dx = 0x3f8;

IoInstruction decode(std::vector<unsigned char> const& code)
{
    return IoInstruction::decode(code.data(), static_cast<unsigned>(code.size()), dx);
}

struct Form {
    char const* text;
    std::vector<unsigned char> code;
    std::uint16_t port;
    Word log2size;
};

TEST(IoInstruction, knows_every_form)
{
    Form const forms[] = {
        {"in $0x70, %al", {0xe4, 0x70}, 0x70, 0},
        {"in $0xff, %eax", {0xe5, 0xff}, 0xff, 2},
        {"in $0x70, %ax", {0x66, 0xe5, 0x70}, 0x70, 1},
        {"out %al, $0x70", {0xe6, 0x70}, 0x70, 0},
        {"out %eax, $0x70", {0xe7, 0x70}, 0x70, 2},
        {"out %ax, $0x70", {0x66, 0xe7, 0x70}, 0x70, 1},
        {"in %dx, %al", {0xec}, dx, 0},
        {"in %dx, %eax", {0xed}, dx, 2},
        {"in %dx, %ax", {0x66, 0xed}, dx, 1},
        {"out %al, %dx", {0xee}, dx, 0},
        {"out %eax, %dx", {0xef}, dx, 2},
        {"out %ax, %dx", {0x66, 0xef}, dx, 1},
        {"rep insb", {0xf3, 0x6c}, dx, 0},
        {"insl", {0x6d}, dx, 2},
        {"rep insw", {0xf3, 0x66, 0x6d}, dx, 1},
        {"repne outsb", {0xf2, 0x6e}, dx, 0},
        {"outsl", {0x6f}, dx, 2},
        {"rep outsw", {0x66, 0xf3, 0x6f}, dx, 1},
        {"rex in %dx, %eax", {0x40, 0xed}, dx, 2},
        {"rep rex.w outsl", {0xf3, 0x48, 0x6f}, dx, 2},
        {"66 on a byte", {0x66, 0xec}, dx, 0},
    };
    for (Form const& form : forms) {
        IoInstruction const found = decode(form.code);
        EXPECT_TRUE(found.is_valid()) << form.text;
        EXPECT_EQ(found.port(), form.port) << form.text;
        EXPECT_EQ(found.log2size(), form.log2size) << form.text;
    }
}

TEST(IoInstruction, others_are_none)
{
    for (unsigned opcode = 0; opcode < 256; ++opcode) {
        bool const is_io = (opcode & 0xfc) == 0x6c || (opcode & 0xf4) == 0xe4;
        unsigned char const code[] = {static_cast<unsigned char>(opcode), 0x90, 0x90, 0x90, 0x90};
        EXPECT_EQ(IoInstruction::decode(code, sizeof(code), dx).is_valid(), is_io) << opcode;
    }
    EXPECT_FALSE(decode({0x0f, 0x30}).is_valid()) << "wrmsr";
    EXPECT_FALSE(decode({0xf0, 0xec}).is_valid()) << "lock is an invalid opcode";
}

/// What user memory ends in: each string cut short in an object of just that size, for AddressSanitizer to watch.
TEST(IoInstruction, reads_only_what_is_there)
{
    EXPECT_FALSE(IoInstruction::decode(nullptr, 0, dx).is_valid());
    for (unsigned char opcode : {0xe4, 0xe5, 0xe6, 0xe7}) EXPECT_FALSE(decode({opcode}).is_valid()) << "no immediate";
    for (unsigned char prefix : {0x66, 0xf3, 0xf2, 0x40, 0x4f})
        for (unsigned length = 1; length <= IoInstruction::max_length; ++length)
            EXPECT_FALSE(decode(std::vector<unsigned char>(length, prefix)).is_valid()) << "nothing but prefixes";
}

/// Any four bytes, in an object of their own length: no crash, and a port that the code or DX names.
TEST(IoInstruction, takes_any_bytes)
{
    unsigned state = 1;
    for (int n = 0; n < 200'000; ++n) {
        state = state * 1103515245 + 12345;
        std::vector<unsigned char> code;
        // Mostly bytes that mean something here.
        constexpr unsigned char likely[] = {0x66, 0xf3, 0xf2, 0x48, 0xe4, 0xe7, 0xec, 0xef, 0x6c, 0x6f};
        for (unsigned bits = state >> 3, length = bits % (IoInstruction::max_length + 1); length > 0; --length) {
            bits = bits * 69069 + 1;
            code.push_back((bits >> 24 & 3) == 0 ? static_cast<unsigned char>(bits >> 16) : likely[(bits >> 16) % 10]);
        }
        IoInstruction const found = decode(code);
        if (!found.is_valid()) continue;
        EXPECT_TRUE(found.port() == dx || found.port() == code.back() || found.port() < 0x100);
        EXPECT_LE(found.log2size(), 2u);
    }
}

} // namespace
} // namespace pecan
