// SPDX-License-Identifier: BSD-2-Clause
#include <l4/console.hpp>
#include <l4/ipc.hpp>
#include <l4/linux.h>
#include <l4/text_words.hpp>

#include <algorithm>

namespace l4 {

namespace {

constexpr unsigned max_waits = 100;

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
        Message message{L4_CONSOLE_WRITE};
        append_text(message, {text.data(), std::min<std::size_t>(text.size(), L4_CONSOLE_MAX_BYTES)});
        if (!call(server_, message)) return;
        std::size_t const taken = std::min<std::size_t>(message.mr(1), text.size());
        text.remove_prefix(taken);
        if (taken == 0) {
            sleep(Time::milliseconds(10));
            ++waits;
        }
    }
}

} // namespace l4
