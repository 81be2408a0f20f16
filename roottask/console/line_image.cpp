// SPDX-License-Identifier: BSD-2-Clause
#include "line_image.hpp"

#include <algorithm>

namespace root {

namespace {
constexpr char escape = '\x1b';
constexpr unsigned max_parameter = 9999;
constexpr unsigned alternate_screen = 1049;
} // namespace

void LineImage::feed(char letter)
{
    switch (state_) {
    case State::text:
        if (letter == escape)
            state_ = State::escape;
        else
            put(letter);
        return;
    case State::escape:
        parameter_ = 0;
        is_private_ = false;
        if (letter == '[') {
            state_ = State::parameters;
            return;
        }
        // Two-character sequences move or restore the cursor, but for a few that do not matter.
        is_addressed_ = is_addressed_ || letter == '7' || letter == '8' || letter == 'M' || letter == 'c';
        state_ = State::text;
        return;
    case State::parameters:
        if (letter >= '0' && letter <= '9')
            parameter_ = std::min(parameter_ * 10 + static_cast<unsigned>(letter - '0'), max_parameter);
        else if (letter == '?')
            is_private_ = true;
        else if (letter >= '@' && letter <= '~')
            finish_sequence(letter);
        else if (letter == '\n' || letter == escape)
            state_ = State::text; // a broken sequence must not hold up other clients for ever
        return;
    }
}

void LineImage::put(char letter)
{
    switch (letter) {
    case '\n': end_line(); return;
    case '\r': column_ = 0; return;
    case '\b':
        if (column_ > 0) --column_;
        return;
    case '\t':
        do put(' ');
        while (column_ % 8 != 0 && !overlong_);
        return;
    default: break;
    }
    if (static_cast<unsigned char>(letter) < ' ' || letter == '\x7f') return;
    if (column_ == max_columns) {
        overlong_ = true;
        return;
    }
    letters_[column_++] = letter;
    length_ = std::max(length_, column_);
}

void LineImage::end_line()
{
    length_ = 0;
    column_ = 0;
    overlong_ = false;
    was_addressed_ = is_addressed_;
    is_addressed_ = false;
}

void LineImage::finish_sequence(char final)
{
    state_ = State::text;
    std::size_t const count = std::max(parameter_, 1u);
    switch (final) {
    case 'C': column_ = std::min(column_ + count, length_); return;
    case 'D': column_ -= std::min(column_, count); return;
    case 'G': column_ = std::min(count - 1, length_); return;
    case 'K':
    case 'J':
        if (parameter_ == 0)
            length_ = column_; // erases from the cursor to the end
        else
            is_addressed_ = true;
        return;
    case 'A':
    case 'B':
    case 'H':
    case 'f':
    case 'd':
    case 'r':
    case 'S':
    case 'T':
    case 'L':
    case 'M': is_addressed_ = true; return;
    case 'h':
    case 'l': is_addressed_ = is_addressed_ || (is_private_ && parameter_ == alternate_screen); return;
    default: return; // colours, questions to the terminal
    }
}

} // namespace root
