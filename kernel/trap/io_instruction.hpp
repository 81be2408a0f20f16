// SPDX-License-Identifier: BSD-2-Clause
/// Recognises the instructions that access ports, for the I/O fault protocol (X.2, I/O page fault).
#pragma once

#include <cstdint>

#include "kernel/support/address.hpp"

namespace pecan {

class IoInstruction {
public:
    /// Prefixes 66 and F3/F2, opcode, immediate.
    static constexpr unsigned max_length = 5;

    /// Decodes IN, OUT, INS, OUTS in 64-bit code; `dx` is the register that names the port in most forms.
    static constexpr IoInstruction decode(unsigned char const* code, unsigned length, std::uint16_t dx)
    {
        bool word_operand = false;
        unsigned i = 0;
        for (; i < length; ++i) {
            if (code[i] == 0x66)
                word_operand = true;
            else if (code[i] != 0xf3 && code[i] != 0xf2 && (code[i] & 0xf0) != 0x40)
                break;
        }
        if (i >= length) return {};
        unsigned char const opcode = code[i];
        bool const immediate = (opcode & 0xfc) == 0xe4;
        bool const by_dx = (opcode & 0xfc) == 0xec;
        bool const string = (opcode & 0xfc) == 0x6c;
        if (!immediate && !by_dx && !string) return {};
        if (immediate && i + 1 >= length) return {};
        Word const log2size = (opcode & 1) == 0 ? 0 : (word_operand ? 1 : 2);
        return IoInstruction{immediate ? std::uint16_t{code[i + 1]} : dx, log2size};
    }

    constexpr bool is_valid() const { return valid_; }
    constexpr std::uint16_t port() const { return port_; }
    constexpr Word log2size() const { return log2size_; }

private:
    constexpr IoInstruction() = default;
    constexpr IoInstruction(std::uint16_t port, Word log2size) : valid_{true}, port_{port}, log2size_{log2size} {}

    bool valid_{false};
    std::uint16_t port_{0};
    Word log2size_{0};
};

} // namespace pecan
