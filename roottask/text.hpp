// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_TEXT_HPP
#define ROOTTASK_TEXT_HPP

#include <l4/word.hpp>

#include <optional>
#include <string_view>

namespace root {

/// Cuts the part before the first separator off the front of a text, and the separator with it.
/// Without a separator that is all of it.
std::string_view take_until(std::string_view& text, char separator);

/// The next word, between any number of spaces; empty at the end.
std::string_view take_word(std::string_view& text);

std::optional<l4::Word> parse_number(std::string_view text);
std::optional<l4::Word> parse_hex(std::string_view text);

/// A number of bytes, with K, M or G behind it if it counts larger units.
std::optional<l4::Word> parse_size(std::string_view text);

} // namespace root

#endif
