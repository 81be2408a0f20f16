// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gate/root/command_line.hpp"

#include <l4/kip.hpp>
#include <l4/sigma0.hpp>

#include "tests/gate/root/life.hpp"

namespace gate_test {

namespace {

/// The page of the boot tables with this address, and the next one: the tables of a few modules are short.
bool take_page(Word address)
{
    l4::Fpage const window = l4::Fpage::memory(window_base, window_log2, l4::Rights::rwx);
    return l4::sigma0::request(l4::align_down(address, l4::page_size), l4::page_log2, window);
}

template <typename T>
T const& at(Word physical)
{
    return *reinterpret_cast<T const*>(window_base + physical);
}

std::string_view text_at(Word physical)
{
    char const* const text = &at<char>(physical);
    std::size_t length = 0;
    while (length < 200 && text[length] != 0) ++length;
    return {text, length};
}

} // namespace

std::string_view first_argument()
{
    constexpr std::string_view name = "roottask ", otherwise = "all";
    Word const tables = l4::kip().boot_info;
    if (tables == 0 || !take_page(tables)) return otherwise;
    auto const& info = at<l4_boot_info>(tables);
    Word record = tables + info.first_record;
    for (Word n = 0; n < info.record_count; ++n) {
        auto const& module = at<l4_boot_module>(record);
        if (module.type == L4_BOOT_RECORD_MODULE && module.command_line != 0) {
            std::string_view const text = text_at(record + module.command_line);
            if (text.size() > name.size() && text.substr(0, name.size()) == name) return text.substr(name.size());
        }
        record += module.next;
    }
    return otherwise;
}

} // namespace gate_test
