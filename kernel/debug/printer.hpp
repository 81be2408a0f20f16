// SPDX-License-Identifier: BSD-2-Clause
/// Type-safe text output: print("heap ", range, ", ", Size{bytes}, "\n").
///
/// A type becomes printable by a function `void format(Printer&, T const&)` beside it.
#pragma once

#include "kernel/support/address.hpp"
#include "kernel/support/text.hpp"

namespace pecan {

/// Where characters go is the caller's choice: a serial line, a trace, a buffer of a test.
class Printer {
public:
    using Sink = void (*)(void* context, char character);
    constexpr explicit Printer(Sink sink, void* context = nullptr) : sink_{sink}, context_{context} {}

    void put(char character) { sink_(context_, character); }

    template <typename... Items>
    void operator()(Items const&... items)
    {
        (format(*this, items), ...);
    }

private:
    Sink sink_;
    void* context_;
};

/// Hexadecimal, without prefix, at least `digits` digits.
struct Hex {
    Word value;
    int digits{1};
};
/// Decimal; as wide as `width` by leading blanks.
struct Dec {
    Word value;
    int width{1};
};
/// A count of bytes in the largest unit that loses nothing: '640 KiB', '3 MiB', '17 B'.
struct Size {
    Word bytes;
};

void format(Printer& out, Text text);
void format(Printer& out, char const* text);
void format(Printer& out, char character);
void format(Printer& out, Hex number);
void format(Printer& out, Dec number);
void format(Printer& out, Size size);
void format(Printer& out, PhysAddr address);
void format(Printer& out, VirtAddr address);
/// 'first..last', both inclusive.
void format(Printer& out, PhysRange range);
inline void format(Printer& out, int number) { number < 0 ? out('-', Dec{-Word(number)}) : out(Dec{Word(number)}); }
inline void format(Printer& out, unsigned number) { out(Dec{number}); }
inline void format(Printer& out, Word number) { out(Dec{number}); }

} // namespace pecan
