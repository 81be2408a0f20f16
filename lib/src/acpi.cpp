// SPDX-License-Identifier: BSD-2-Clause
#include <l4/acpi.hpp>

namespace l4::acpi {

namespace {

// Offsets and sizes from the ACPI specification: 5.2.5.3 (RSDP), 5.2.6 (headers).
constexpr std::size_t rsdp_size_1 = 20, rsdp_size_2 = 36, rsdp_alignment = 16;
constexpr std::size_t max_table_length = 4 * mebi;

bool sums_to_zero(Bytes bytes)
{
    unsigned sum = 0;
    for (std::byte const b : bytes) sum += static_cast<unsigned>(b);
    return (sum & 0xff) == 0;
}

} // namespace

bool has_text(Bytes bytes, std::size_t at, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (at + i >= bytes.size() || static_cast<char>(bytes[at + i]) != text[i]) return false;
    return true;
}

std::optional<RootPointer> find_root_pointer(Bytes low_memory)
{
    for (std::size_t at = 0; at + rsdp_size_1 <= low_memory.size(); at += rsdp_alignment) {
        if (!has_text(low_memory, at, "RSD PTR ") || !sums_to_zero(low_memory.subspan(at, rsdp_size_1))) continue;
        Word const revision = number_at(low_memory, at + 15, 1);
        if (revision >= 2 && at + rsdp_size_2 <= low_memory.size() &&
            sums_to_zero(low_memory.subspan(at, rsdp_size_2))) {
            if (Word const wide = number_at(low_memory, at + 24, 8); wide != 0) return RootPointer{wide, true};
        }
        return RootPointer{number_at(low_memory, at + 16, 4), false};
    }
    return {};
}

std::optional<std::size_t> table_length(Bytes header)
{
    if (header.size() < header_size) return {};
    std::size_t const length = number_at(header, 4, 4);
    if (length < header_size || length > max_table_length) return {};
    return length;
}

bool is_table(Bytes table, std::string_view signature)
{
    return table.size() >= header_size && has_text(table, 0, signature) && sums_to_zero(table);
}

std::optional<Word> table_address(Bytes list, bool has_wide_entries, std::size_t n)
{
    unsigned const size = has_wide_entries ? 8 : 4;
    std::size_t const at = header_size + n * size;
    if (at + size > list.size()) return {};
    return number_at(list, at, size);
}

} // namespace l4::acpi
