// SPDX-License-Identifier: BSD-2-Clause
/// Command lines: words apart by blanks.
#pragma once

#include "kernel/support/text.hpp"

namespace pecan {

/// The words of a command line, one after the other: for (Text word : Words{line}).
class Words {
public:
    constexpr explicit Words(Text line) : line_{line} {}

    class Iterator {
    public:
        constexpr explicit Iterator(Text rest) : rest_{rest} { find(); }
        constexpr Text operator*() const { return word_; }
        constexpr Iterator& operator++()
        {
            rest_ = rest_.part(word_.size());
            find();
            return *this;
        }
        constexpr bool operator!=(Iterator const& other) const { return rest_.size() != other.rest_.size(); }

    private:
        constexpr void find()
        {
            std::size_t first = 0;
            while (first < rest_.size() && is_blank(rest_[first])) ++first;
            rest_ = rest_.part(first);
            std::size_t length = 0;
            while (length < rest_.size() && !is_blank(rest_[length])) ++length;
            word_ = rest_.part(0, length);
        }
        static constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

        Text rest_;
        Text word_;
    };

    constexpr Iterator begin() const { return Iterator{line_}; }
    constexpr Iterator end() const { return Iterator{Text{}}; }

private:
    Text line_;
};

/// The first word; empty if there is none.
constexpr Text first_word(Text line) { return *Words{line}.begin(); }

/// What a module is known by: the first word of its command line, without folders.
constexpr Text module_name(Text line)
{
    Text const word = first_word(line);
    std::size_t start = word.size();
    while (start > 0 && word[start - 1] != '/') --start;
    return word.part(start);
}

/// Whether the word `name` stands on the line.
constexpr bool has_word(Text line, Text name)
{
    for (Text word : Words{line})
        if (word == name) return true;
    return false;
}

/// The text behind `name=` of the last such word; empty if there is none.
constexpr Text value_of(Text line, Text name)
{
    Text value;
    for (Text word : Words{line})
        if (word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=')
            value = word.part(name.size() + 1);
    return value;
}

static_assert(first_word("  a b") == "a" && first_word(" ").is_empty());
static_assert(module_name("/boot/sigma0 verbose") == "sigma0");
static_assert(has_word("x verbose y", "verbose") && !has_word("verbosely", "verbose"));
static_assert(value_of("mem=1 mem=2", "mem") == "2");

} // namespace pecan
