// SPDX-License-Identifier: BSD-2-Clause
#include "text.hpp"

namespace root {

using l4::Word;

std::string_view take_until(std::string_view& text, char separator)
{
    std::size_t const at = text.find(separator);
    std::string_view const part{text.data(), at == std::string_view::npos ? text.size() : at};
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return part;
}

std::string_view take_word(std::string_view& text)
{
    while (!text.empty()) {
        std::string_view const word = take_until(text, ' ');
        if (!word.empty()) return word;
    }
    return {};
}

namespace {

/// Which digit a letter is; what is none is larger than any.
constexpr Word digit_of(char letter)
{
    if (letter >= '0' && letter <= '9') return static_cast<Word>(letter - '0');
    if (letter >= 'a' && letter <= 'f') return static_cast<Word>(letter - 'a') + 10;
    return ~Word{0};
}

std::optional<Word> parse(std::string_view text, Word base)
{
    if (text.empty()) return {};
    Word value = 0;
    for (char const letter : text) {
        Word const digit = digit_of(letter);
        if (digit >= base || value > (~Word{0} - digit) / base) return {};
        value = value * base + digit;
    }
    return value;
}

} // namespace

std::optional<Word> parse_number(std::string_view text) { return parse(text, 10); }
std::optional<Word> parse_hex(std::string_view text) { return parse(text, 16); }

std::optional<Word> parse_size(std::string_view text)
{
    unsigned shift = 0;
    if (!text.empty()) {
        switch (text.back()) {
        case 'K': shift = 10; break;
        case 'M': shift = 20; break;
        case 'G': shift = 30; break;
        default: break;
        }
        if (shift != 0) text.remove_suffix(1);
    }
    auto const number = parse_number(text);
    if (!number || *number > ~Word{0} >> shift) return {};
    return *number << shift;
}

} // namespace root
