// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_LINE_IMAGE_HPP
#define ROOTTASK_CONSOLE_LINE_IMAGE_HPP

#include <array>
#include <cstddef>
#include <string_view>

namespace root {

/// What stands in the terminal's present line, as far as it can be told from the characters that
/// were sent: so that the line can be written again after others have been put in between.
/// Understands what line editors send. A program that addresses the whole screen makes it a
/// screen until two ends of line have come without that: there is no line to restore then.
class LineImage {
public:
    static constexpr std::size_t max_columns = 200;

    void feed(char letter);

    bool is_blank() const { return length_ == 0 && !is_screen() && state_ == State::text; }
    /// Nothing may be put in: a whole-screen program, half an escape sequence.
    bool is_untouchable() const { return is_screen() || state_ != State::text; }

    /// What restores the line: nothing for one that is longer than a terminal's.
    std::string_view text() const { return {letters_.data(), overlong_ ? 0 : length_}; }
    /// How far the cursor stands before the end of the text.
    std::size_t columns_back() const { return overlong_ ? 0 : length_ - column_; }

private:
    enum class State : unsigned char { text, escape, parameters };

    bool is_screen() const { return was_addressed_ || is_addressed_; }
    void put(char letter);
    void end_line();
    void finish_sequence(char final);

    std::array<char, max_columns> letters_{};
    std::size_t length_ = 0;
    std::size_t column_ = 0;
    State state_ = State::text;
    unsigned parameter_ = 0;
    bool is_private_ = false; ///< a sequence with a question mark: modes of the terminal
    bool overlong_ = false;
    bool is_addressed_ = false;  ///< in this line
    bool was_addressed_ = false; ///< in the line before
};

} // namespace root

#endif
