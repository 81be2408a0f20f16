// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONFIG_HPP
#define ROOTTASK_CONFIG_HPP

#include <l4/range.hpp>
#include <l4/result.hpp>

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace root {

using l4::Word;

enum class ConsolePort : unsigned char { com1, com2, none };

struct LinuxConfig {
    std::string_view module;
    std::optional<Word> memory;   ///< bytes; nothing: all there is
    std::string_view initrd;      ///< empty: none
    std::optional<Word> quota;    ///< bytes of kernel memory; nothing: by size of memory
    std::optional<Word> restarts; ///< how often it is started again; nothing: as for all
};

struct TaskConfig {
    std::string_view module;
    unsigned instances = 1;
    l4::Range ports{};             ///< I/O ports that it may use; empty: none
    std::optional<Word> interrupt; ///< the interrupt line that it may handle
};

struct ConfigError {
    std::string_view word; ///< what was not understood
    char const* problem = "";
    char const* legal = ""; ///< what could have stood there
};

/// What the root task is to do, from its command line without the first word (docs/roottask.md).
/// The texts point into it.
class Config {
public:
    static constexpr unsigned max_linux = 4;
    static constexpr unsigned max_tasks = 8;

    static l4::Result<Config, ConfigError> parse(std::string_view arguments);

    std::span<LinuxConfig const> linux_servers() const { return {linux_.data(), linux_count_}; }
    std::span<TaskConfig const> tasks() const { return {tasks_.data(), task_count_}; }
    ConsolePort console() const { return console_; }
    Word restarts(LinuxConfig const& server) const { return server.restarts.value_or(restarts_); }

private:
    std::optional<ConfigError> parse_word(std::string_view word);
    std::optional<ConfigError> parse_linux(std::string_view value);
    std::optional<ConfigError> parse_linux_option(LinuxConfig& server, std::string_view option);
    std::optional<ConfigError> parse_task(std::string_view value);
    static std::optional<ConfigError> parse_task_option(TaskConfig& task, std::string_view option);

    std::array<LinuxConfig, max_linux> linux_{};
    unsigned linux_count_ = 0;
    std::array<TaskConfig, max_tasks> tasks_{};
    unsigned task_count_ = 0;
    ConsolePort console_ = ConsolePort::com1;
    Word restarts_ = 0;
};

} // namespace root

#endif
