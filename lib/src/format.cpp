// SPDX-License-Identifier: BSD-2-Clause
#include <l4/format.hpp>

namespace l4 {

namespace {

class Writer {
public:
    Writer(char* buffer, std::size_t size) : buffer_{buffer}, size_{size} {}
    void put(char letter)
    {
        if (used_ < size_) buffer_[used_++] = letter;
    }
    void put(std::string_view text)
    {
        for (char const letter : text) put(letter);
    }
    std::string_view written() const { return {buffer_, used_}; }

private:
    char* buffer_;
    std::size_t size_;
    std::size_t used_ = 0;
};

struct Style {
    unsigned base = 10;
    unsigned width = 0;
};

void put_number(Writer& out, FormatArg const& arg, Style style)
{
    char digits[20]; // 2^64 has 20 digits
    unsigned count = 0;
    Word rest = arg.number();
    do {
        digits[count++] = "0123456789abcdef"[rest % style.base];
        rest /= style.base;
    } while (rest != 0);

    if (arg.is_negative()) out.put('-');
    for (unsigned i = count; i < style.width; ++i) out.put('0');
    while (count > 0) out.put(digits[--count]);
}

void put_argument(Writer& out, FormatArg const& arg, Style style)
{
    switch (arg.kind()) {
    case FormatArg::Kind::text: out.put(arg.text()); break;
    case FormatArg::Kind::letter: out.put(static_cast<char>(arg.number())); break;
    case FormatArg::Kind::number: put_number(out, arg, style); break;
    }
}

/// What stands between the braces. Unknown letters are ignored.
Style parse_style(std::string_view text)
{
    Style style;
    for (char const letter : text) {
        if (letter >= '0' && letter <= '9' && style.width < 100)
            style.width = style.width * 10 + static_cast<unsigned>(letter - '0');
        else if (letter == 'x')
            style.base = 16;
    }
    return style;
}

} // namespace

std::string_view format(char* buffer, std::size_t size, std::string_view pattern, std::initializer_list<FormatArg> args)
{
    Writer out{buffer, size};
    auto const* next = args.begin();
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '{') {
            out.put(pattern[i]);
            continue;
        }
        if (i + 1 < pattern.size() && pattern[i + 1] == '{') {
            out.put('{');
            ++i;
            continue;
        }
        std::size_t const close = pattern.find('}', i);
        if (close == std::string_view::npos) {
            out.put(pattern.substr(i));
            break;
        }
        if (next != args.end())
            put_argument(out, *next++, parse_style(pattern.substr(i + 1, close - i - 1)));
        else
            out.put("{?}");
        i = close;
    }
    return out.written();
}

} // namespace l4
