// SPDX-License-Identifier: BSD-2-Clause
#include "tests/hostile/arguments.hpp"

#include <l4/kip.hpp>
#include <l4/sigma0.hpp>

#include <string_view>

namespace hostile {

namespace {

using l4::Word;

/// Boot tables lie where RAM ends; they are short.
bool take_tables(Word address)
{
    Word const page = l4::align_down(address, l4::page_size);
    return l4::sigma0::request(page, l4::page_log2, l4::Fpage::complete());
}

/// The first module that has a command line of this name, or nothing.
std::string_view command_line(std::string_view name)
{
    Word const tables = l4::kip().boot_info;
    if (tables == 0 || !take_tables(tables)) return {};
    auto const& info = *reinterpret_cast<l4_boot_info const*>(tables);
    Word record = tables + info.first_record;
    for (Word n = 0; n < info.record_count; ++n) {
        auto const& module = *reinterpret_cast<l4_boot_module const*>(record);
        if (module.type == L4_BOOT_RECORD_MODULE && module.command_line != 0) {
            std::string_view const text{reinterpret_cast<char const*>(record + module.command_line)};
            if (text.substr(0, name.size()) == name) return text;
        }
        record += module.next;
    }
    return {};
}

Word number_behind(std::string_view text, std::string_view key, Word otherwise)
{
    std::size_t at = text.find(key);
    if (at == std::string_view::npos) return otherwise;
    Word value = 0;
    for (at += key.size(); at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
        value = value * 10 + static_cast<Word>(text[at] - '0');
    return value;
}

} // namespace

Arguments arguments()
{
    std::string_view const text = command_line("roottask");
    Arguments const usual;
    return {number_behind(text, "seconds=", usual.seconds), number_behind(text, "seed=", usual.seed)};
}

} // namespace hostile
