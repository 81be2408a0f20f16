// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_LOG_HPP
#define ROOTTASK_LOG_HPP

#include <l4/console.hpp>

namespace root {

/// The root task's own client of its console; its lines have the prefix [root]. For the main
/// thread only. Before open() all lines are dropped.
class Log {
public:
    static void open(l4::ThreadId console) { client() = l4::Console{console}; }

    template <typename... Args>
    static void line(std::string_view pattern, Args const&... args)
    {
        if (client().is_open()) client().line(pattern, args...);
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
