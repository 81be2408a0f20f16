// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_ACPI_HPP
#define L4_ACPI_HPP

#include <l4/word.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// Finding ACPI's tables. Everything here works on bytes that firmware wrote and believes none of them.
namespace l4::acpi {

using Bytes = std::span<std::byte const>;

/// A little-endian number of at most 8 bytes; those beyond the end read as 0, as fields that old tables lack should.
constexpr Word number_at(Bytes bytes, std::size_t at, unsigned size)
{
    Word value = 0;
    for (unsigned i = 0; i < size && at + i < bytes.size(); ++i) value |= static_cast<Word>(bytes[at + i]) << (8 * i);
    return value;
}
bool has_text(Bytes bytes, std::size_t at, std::string_view text);

/// Where the list of tables is: of 64-bit addresses if there is one, else of 32-bit ones.
struct RootPointer {
    Word address;
    bool has_wide_entries;
    constexpr std::string_view signature() const { return has_wide_entries ? "XSDT" : "RSDT"; }
};
/// Looks through a part of low memory for a root pointer with the right checksum.
std::optional<RootPointer> find_root_pointer(Bytes low_memory);

constexpr std::size_t header_size = 36;
/// The length that a table's header gives, checked for plausibility only.
std::optional<std::size_t> table_length(Bytes header);
/// Signature and checksum of a whole table.
bool is_table(Bytes table, std::string_view signature);

/// The nth entry of the list of tables.
std::optional<Word> table_address(Bytes list, bool has_wide_entries, std::size_t n);

} // namespace l4::acpi

#endif
