// SPDX-License-Identifier: BSD-2-Clause
#include "modules.hpp"

#include "text.hpp"

#include <l4/kip.h>

#include <optional>

extern "C" void* memcpy(void*, void const*, std::size_t);

namespace root {

namespace {

template <typename T>
std::optional<T> copy_out(std::span<std::byte const> from, Word offset)
{
    if (offset > from.size() || sizeof(T) > from.size() - offset) return {};
    T value;
    memcpy(&value, from.data() + offset, sizeof value);
    return value;
}

/// A NUL-terminated text; empty if it has no end inside the boot information.
std::string_view text_at(std::span<std::byte const> from, Word offset)
{
    if (offset >= from.size()) return {};
    std::string_view const rest{reinterpret_cast<char const*>(from.data()) + offset, from.size() - offset};
    std::size_t const end = rest.find('\0');
    return end == std::string_view::npos ? std::string_view{} : std::string_view{rest.data(), end};
}

/// Loaders often give a path as the first word: what counts is what stands behind the last slash.
std::string_view base_name(std::string_view path)
{
    std::size_t const slash = path.rfind('/');
    if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
    return path;
}

Module module_of(l4_boot_module const& record, std::string_view command_line)
{
    Module module;
    module.memory = {record.start, record.start + record.size};
    module.name = base_name(take_word(command_line));
    while (!command_line.empty() && command_line.front() == ' ') command_line.remove_prefix(1);
    module.arguments = command_line;
    return module;
}

} // namespace

Modules Modules::parse(std::span<std::byte const> boot_info)
{
    Modules modules;
    auto const header = copy_out<l4_boot_info>(boot_info, 0);
    if (!header || header->magic != L4_BOOT_INFO_MAGIC) return modules;

    Word at = header->first_record;
    for (Word i = 0; i < header->record_count && modules.count_ < max_modules; ++i) {
        auto const type = copy_out<Word>(boot_info, at);
        auto const next = copy_out<Word>(boot_info, at + offsetof(l4_boot_module, next));
        if (!type || !next) break;
        auto const record = copy_out<l4_boot_module>(boot_info, at);
        if (*type == L4_BOOT_RECORD_MODULE) {
            if (!record || record->size > ~Word{0} - record->start) break;
            // The command line's offset counts from the record; 0 says that there is none.
            bool const has_text = record->command_line != 0 && record->command_line < boot_info.size();
            auto const text = has_text ? text_at(boot_info, at + record->command_line) : std::string_view{};
            modules.modules_[modules.count_++] = module_of(*record, text);
        }
        if (*type == L4_BOOT_RECORD_RSDP) {
            auto const rsdp = copy_out<l4_boot_rsdp>(boot_info, at);
            Word const bytes = at + sizeof(l4_boot_rsdp);
            if (!rsdp || rsdp->size > boot_info.size() - bytes) break;
            modules.rsdp_ = boot_info.subspan(bytes, rsdp->size);
        }
        if (*next == 0 || *next > boot_info.size()) break;
        at += *next;
    }
    return modules;
}

Module const* Modules::find(std::string_view name) const
{
    for (Module const& module : all())
        if (module.name == name) return &module;
    return nullptr;
}

} // namespace root
