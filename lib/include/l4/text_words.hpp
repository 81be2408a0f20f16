// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_TEXT_WORDS_HPP
#define L4_TEXT_WORDS_HPP

#include <l4/message.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace l4 {

/// Text in untyped words: one with the number of characters, then the characters, eight a word,
/// the first in the lowest byte.

constexpr void append_text(Message& message, std::string_view text)
{
    message.word(text.size());
    for (std::size_t at = 0; at < text.size(); at += sizeof(Word)) {
        Word packed = 0;
        for (std::size_t i = 0; i < sizeof(Word) && at + i < text.size(); ++i)
            packed |= static_cast<Word>(static_cast<unsigned char>(text[at + i])) << (8 * i);
        message.word(packed);
    }
}

/// Reads the text whose size stands in the given register, into a buffer. What the sender says
/// about the size counts only as far as the message and the buffer go.
constexpr std::string_view extract_text(Message const& message, unsigned size_register, char* buffer, std::size_t room)
{
    unsigned const words = message.tag().untyped();
    std::size_t const carried = words > size_register ? (words - size_register) * sizeof(Word) : 0;
    std::size_t const claimed = words >= size_register ? message.mr(size_register) : 0;
    std::size_t const size = std::min({carried, claimed, room});
    for (std::size_t i = 0; i < size; ++i) {
        Word const packed = message.mr(size_register + 1 + static_cast<unsigned>(i / sizeof(Word)));
        buffer[i] = static_cast<char>(packed >> (8 * (i % sizeof(Word))) & 0xff);
    }
    return {buffer, size};
}

} // namespace l4

#endif
