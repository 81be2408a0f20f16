// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_CONSOLE_HPP
#define L4_CONSOLE_HPP

#include <l4/format.hpp>
#include <l4/thread_id.hpp>

namespace l4 {

/// A client's end of a console server (include/l4/linux.h has the protocol).
class Console {
public:
    constexpr Console() = default;
    constexpr explicit Console(ThreadId server) : server_{server} {}

    bool is_open() const { return !server_.is_nil(); }

    [[nodiscard]] bool open();
    /// Writes all of it, waiting a little whenever the server has no room; gives up if that does
    /// not help, because a console must not stop its users.
    void write(std::string_view text);
    /// Writes one line, with its end.
    template <typename... Args>
    void line(std::string_view pattern, Args const&... args)
    {
        // One buffer for text and newline, so that the line goes out in one message if it can.
        Line<240> const text{pattern, args...};
        Line<241> const ended{"{}\n", text.view()};
        write(ended.view());
    }

private:
    ThreadId server_ = nilthread;
};

} // namespace l4

#endif
