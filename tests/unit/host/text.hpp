// SPDX-License-Identifier: BSD-2-Clause
/// The text that a Printer would print.
#pragma once

#include "kernel/debug/printer.hpp"

#include <string>

namespace pecan {

/// A printer into a string.
class TextPrinter {
public:
    Printer& printer() { return printer_; }
    std::string const& text() const { return text_; }

private:
    static void put(void* text, char character) { static_cast<std::string*>(text)->push_back(character); }
    std::string text_;
    Printer printer_{put, &text_};
};

template <typename... Items>
std::string printed(Items const&... items)
{
    TextPrinter out;
    out.printer()(items...);
    return out.text();
}

inline std::string str(Text text) { return std::string(text.begin(), text.end()); }

} // namespace pecan
