// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_FORMAT_HPP
#define L4_FORMAT_HPP

#include <l4/word.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace l4 {

/// A small formatter: `{}` prints the next argument (numbers in decimal), `{x}` a number in
/// hexadecimal, `{2}` or `{16x}` with leading zeros to that width, `{{` a brace. An argument that
/// is missing prints as `{?}`; one too many is dropped. Nothing is ever written past the buffer.

class FormatArg {
public:
    constexpr FormatArg(std::string_view text) : kind_{Kind::text}, text_{text} {}
    constexpr FormatArg(char const* text) : kind_{Kind::text}, text_{text} {}
    constexpr FormatArg(char letter) : kind_{Kind::letter}, number_{static_cast<unsigned char>(letter)} {}
    template <std::integral T>
    requires(!std::same_as<T, char>) constexpr FormatArg(T number)
        : kind_{Kind::number}, number_{static_cast<Word>(number < 0 ? -static_cast<Word>(number)
                                                                    : static_cast<Word>(number))},
          negative_{number < 0}
    {
    }

    enum class Kind { text, letter, number };
    constexpr Kind kind() const { return kind_; }
    constexpr std::string_view text() const { return text_; }
    constexpr Word number() const { return number_; }
    constexpr bool is_negative() const { return negative_; }

private:
    Kind kind_;
    std::string_view text_{};
    Word number_ = 0;
    bool negative_ = false;
};

/// Writes into the buffer as much as fits, and returns that part of it.
std::string_view format(char* buffer, std::size_t size, std::string_view pattern,
                        std::initializer_list<FormatArg> args);

/// A line of text with its own buffer: Line<80>{"{} pages", n}.view().
template <std::size_t N>
class Line {
public:
    template <typename... Args>
    explicit Line(std::string_view pattern, Args const&... args)
        : text_{format(buffer_, N, pattern, {FormatArg(args)...})}
    {
    }
    Line(Line const&) = delete;
    Line& operator=(Line const&) = delete;
    std::string_view view() const { return text_; }

private:
    char buffer_[N];
    std::string_view text_;
};

} // namespace l4

#endif
