// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_MODULES_HPP
#define ROOTTASK_MODULES_HPP

#include <l4/range.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace root {

using l4::Range;
using l4::Word;

/// A file that the boot loader left in memory. Known by the first word of its command line.
struct Module {
    Range memory; ///< physical
    std::string_view name;
    std::string_view arguments; ///< the rest of the command line
};

/// The modules that the kernel names in its boot information (include/l4/kip.h).
class Modules {
public:
    static constexpr std::size_t max_modules = 32;
    /// What to do about a module that is missing.
    static constexpr char const* where_to_look = "name it in the boot menu (module2 FILE NAME); "
                                                 "GRUB drops modules where memory is short";

    /// Reads the boot information; records that lie outside it or say nonsense end the list.
    static Modules parse(std::span<std::byte const> boot_info);

    Module const* find(std::string_view name) const;
    std::span<Module const> all() const { return {modules_.data(), count_}; }
    /// A copy of ACPI's root pointer; empty if the boot loader has left none.
    std::span<std::byte const> acpi_root_pointer() const { return rsdp_; }

private:
    std::array<Module, max_modules> modules_{};
    std::size_t count_ = 0;
    std::span<std::byte const> rsdp_{};
};

} // namespace root

#endif
