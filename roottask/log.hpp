// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_LOG_HPP
#define ROOTTASK_LOG_HPP

#include <l4/console.hpp>

#include <algorithm>

namespace root {

/// The root task's own client of its console; its lines have the prefix [root]. For the main
/// thread only. Before open() all lines are dropped.
class Log {
public:
    static void open(l4::ThreadId console) { client() = l4::Console{console}; }

    template <typename... Args>
    static void line(std::string_view pattern, Args const&... args)
    {
        if (!client().is_open()) return;
        char letters[240];
        std::string_view const text = l4::format(letters, sizeof letters, pattern, {l4::FormatArg(args)...});
        // One line, whatever others have put into it (why they panic): the next one would seem to be ours.
        std::replace(letters, letters + text.size(), '\n', ' ');
        client().line("{}", text);
    }

private:
    static l4::Console& client()
    {
        static constinit l4::Console console;
        return console;
    }
};

} // namespace root

#endif
