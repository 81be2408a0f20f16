// SPDX-License-Identifier: BSD-2-Clause
#include <l4/console.hpp>
#include <l4/ipc.hpp>
#include <l4/linux.h>

#include <algorithm>

namespace l4 {

namespace {

constexpr unsigned max_waits = 100;

/// The write request for the first bytes of the text, as many as one message holds.
Message write_request(std::string_view text)
{
    Message message{L4_CONSOLE_WRITE};
    std::size_t const size = std::min<std::size_t>(text.size(), L4_CONSOLE_MAX_BYTES);
    message.word(size);
    for (std::size_t at = 0; at < size; at += sizeof(Word)) {
        Word packed = 0;
        for (std::size_t i = 0; i < sizeof(Word) && at + i < size; ++i)
            packed |= static_cast<Word>(static_cast<unsigned char>(text[at + i])) << (8 * i);
        message.word(packed);
    }
    return message;
}

} // namespace

bool Console::open()
{
    Message message{L4_CONSOLE_OPEN};
    return call(server_, message) && message.mr(1) == 0;
}

void Console::write(std::string_view text)
{
    unsigned waits = 0;
    while (!text.empty() && waits < max_waits) {
        Message message = write_request(text);
        if (!call(server_, message))
            return;
        std::size_t const taken = std::min<std::size_t>(message.mr(1), text.size());
        text.remove_prefix(taken);
        if (taken == 0) {
            sleep(Time::milliseconds(10));
            ++waits;
        }
    }
}

} // namespace l4
