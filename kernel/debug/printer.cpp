// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/debug/printer.hpp"

namespace pecan {

namespace {

/// Digits of `value` in `base`, at least `width` characters, filled up with `fill`.
void print_number(Printer& out, Word value, unsigned base, int width, char fill)
{
    char digits[64];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (int i = count; i < width; ++i) out.put(fill);
    while (count != 0) out.put(digits[--count]);
}

} // namespace

void format(Printer& out, Text text)
{
    for (char character : text) out.put(character);
}

void format(Printer& out, char const* text) { format(out, Text{text}); }

void format(Printer& out, char character) { out.put(character); }

void format(Printer& out, Hex number) { print_number(out, number.value, 16, number.digits, '0'); }

void format(Printer& out, Dec number) { print_number(out, number.value, 10, number.width, ' '); }

void format(Printer& out, Size size)
{
    static constexpr char const* units[] = {" B", " KiB", " MiB", " GiB"};
    int unit = 0;
    Word count = size.bytes;
    while (unit < 3 && count != 0 && count % 1024 == 0) {
        count /= 1024;
        ++unit;
    }
    out(Dec{count}, units[unit]);
}

void format(Printer& out, PhysAddr address) { out(Hex{address.raw(), 8}); }

void format(Printer& out, VirtAddr address) { out(Hex{address.raw(), 16}); }

void format(Printer& out, PhysRange range)
{
    if (range.size == 0)
        out(range.start, " (empty)");
    else
        out(range.start, "..", range.end() - 1);
}

} // namespace pecan
