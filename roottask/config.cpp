// SPDX-License-Identifier: BSD-2-Clause
#include "config.hpp"

#include "text.hpp"

#include <l4/task.hpp>

namespace root {

namespace {

constexpr char const* legal_words =
    "linux=MODULE[,mem=SIZE|auto][,initrd=MODULE][,quota=SIZE][,on-death=leave|restart[*COUNT]] "
    "task=MODULE[*COUNT][,ports=FIRST-LAST][,irq=LINE] "
    "console=com1|com2|none on-death=leave|restart[*COUNT]";
constexpr char const* legal_options = "mem=SIZE|auto initrd=MODULE quota=SIZE on-death=leave|restart[*COUNT]";
constexpr char const* legal_sizes = "a number of bytes with K, M or G, such as 256M";
constexpr char const* legal_ends = "leave, restart, restart*COUNT with a COUNT from 1 to 1000";
constexpr Word default_restarts = 5, max_restarts = 1000;

/// How often to start again.
std::optional<Word> parse_on_death(std::string_view value)
{
    if (value == "leave") return 0;
    if (value == "restart") return default_restarts;
    if (take_until(value, '*') != "restart") return {};
    auto const count = parse_number(value);
    return count && *count >= 1 && *count <= max_restarts ? count : std::nullopt;
}

std::optional<ConsolePort> parse_console(std::string_view value)
{
    if (value == "com1") return ConsolePort::com1;
    if (value == "com2") return ConsolePort::com2;
    if (value == "none") return ConsolePort::none;
    return {};
}

} // namespace

l4::Result<Config, ConfigError> Config::parse(std::string_view arguments)
{
    Config config;
    for (;;) {
        std::string_view const word = take_word(arguments);
        if (word.empty()) return config;
        if (auto const error = config.parse_word(word)) return *error;
    }
}

std::optional<ConfigError> Config::parse_word(std::string_view word)
{
    std::string_view value = word;
    std::string_view const key = take_until(value, '=');
    if (key == "linux") return parse_linux(value);
    if (key == "task") return parse_task(value);
    if (key == "console") {
        auto const port = parse_console(value);
        if (!port) return ConfigError{word, "no such console", "com1 com2 none"};
        console_ = *port;
        return {};
    }
    if (key == "on-death") {
        auto const restarts = parse_on_death(value);
        if (!restarts) return ConfigError{word, "no such end", legal_ends};
        restarts_ = *restarts;
        return {};
    }
    return ConfigError{word, "unknown word", legal_words};
}

std::optional<ConfigError> Config::parse_linux(std::string_view value)
{
    if (linux_count_ == max_linux) return ConfigError{value, "too many Linux servers", "up to 4"};
    LinuxConfig server;
    server.module = take_until(value, ',');
    if (server.module.empty()) return ConfigError{"linux=", "the name of a module is missing", "linux=MODULE"};
    while (!value.empty()) {
        std::string_view const option = take_until(value, ',');
        if (auto const error = parse_linux_option(server, option)) return error;
    }
    linux_[linux_count_++] = server;
    return {};
}

std::optional<ConfigError> Config::parse_linux_option(LinuxConfig& server, std::string_view option)
{
    std::string_view value = option;
    std::string_view const key = take_until(value, '=');
    if (key == "mem") {
        if (value == "auto") {
            server.memory.reset();
            return {};
        }
        server.memory = parse_size(value);
        if (!server.memory || *server.memory < l4::large_page_size)
            return ConfigError{option, "not a size of memory",
                               "auto, or a number of bytes with K, M or G, such as 256M"};
        return {};
    }
    if (key == "quota") {
        server.quota = parse_size(value);
        if (!server.quota || *server.quota < l4::page_size)
            return ConfigError{option, "not a size of memory", legal_sizes};
        return {};
    }
    if (key == "initrd") {
        if (value.empty()) return ConfigError{option, "the name of a module is missing", "initrd=MODULE"};
        server.initrd = value;
        return {};
    }
    if (key == "on-death") {
        server.restarts = parse_on_death(value);
        if (!server.restarts) return ConfigError{option, "no such end", legal_ends};
        return {};
    }
    return ConfigError{option, "unknown option of linux=", legal_options};
}

std::optional<ConfigError> Config::parse_task(std::string_view value)
{
    if (task_count_ == max_tasks) return ConfigError{value, "too many tasks", "up to 8"};
    std::string_view const name_and_count = take_until(value, ',');
    std::string_view rest = name_and_count;
    TaskConfig task;
    task.module = take_until(rest, '*');
    if (task.module.empty()) return ConfigError{"task=", "the name of a module is missing", "task=MODULE[*COUNT]"};
    if (task.module.size() != name_and_count.size()) {
        auto const count = parse_number(rest);
        if (!count || *count < 1 || *count > l4::TaskStart::max_instances)
            return ConfigError{name_and_count, "not a number of instances", "1 to 4"};
        task.instances = static_cast<unsigned>(*count);
    }
    while (!value.empty())
        if (auto const error = parse_task_option(task, take_until(value, ','))) return error;
    tasks_[task_count_++] = task;
    return {};
}

std::optional<ConfigError> Config::parse_task_option(TaskConfig& task, std::string_view option)
{
    std::string_view value = option;
    std::string_view const key = take_until(value, '=');
    if (key == "ports") {
        auto const first = parse_hex(take_until(value, '-')), last = value.empty() ? first : parse_hex(value);
        if (!first || !last || *first > *last || *last > 0xffff)
            return ConfigError{option, "no range of ports", "ports=FIRST-LAST, hexadecimal, such as ports=70-71"};
        task.ports = {*first, *last + 1};
        return {};
    }
    if (key == "irq") {
        task.interrupt = parse_number(value);
        if (!task.interrupt || *task.interrupt > 255) return ConfigError{option, "no interrupt line", "irq=LINE"};
        return {};
    }
    return ConfigError{option, "unknown option of task=", "ports=FIRST-LAST irq=LINE"};
}

} // namespace root
