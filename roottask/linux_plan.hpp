// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_LINUX_PLAN_HPP
#define ROOTTASK_LINUX_PLAN_HPP

#include "range_list.hpp"

#include <l4/elf.hpp>
#include <l4/fpage.hpp>
#include <l4/result.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace root {

/// What a vmlinux says about itself in its notes (include/l4/linux.h).
struct LinuxNotes {
    Word entry;
    Word virtual_base;
    Word alignment;

    /// Nothing if a note is missing or says what cannot be: this is no Linux for Pecan.
    static std::optional<LinuxNotes> read(l4::elf::Image const& image);
};

enum class PlanError {
    image_does_not_fit, ///< no range is large enough, at the alignment that the image wants
    initrd_does_not_fit,
    command_line_too_long,
};
char const* describe(PlanError error);

/// Does the file begin like one of the archives that Linux unpacks? Whether it is whole only Linux finds out.
bool looks_like_initrd(std::span<std::byte const> file);

/// Where in its memory a Linux finds what.
struct LinuxPlan {
    static constexpr Word max_command_line = 2047; ///< Linux's COMMAND_LINE_SIZE without the NUL

    struct Needs {
        Range image;    ///< physical, as linked
        Word alignment; ///< of the difference to where it is loaded: a power of two
        Word initrd_size;
        Word command_line_size; ///< without the NUL
    };
    static l4::Result<LinuxPlan, PlanError> make(RangeList const& ranges, Needs const& needs);

    Word delta = 0; ///< physical load address minus link address, modulo 2^64
    Range image;    ///< where it is loaded; the end is that of the last large page if it is ours
    Range initrd;
    Word boot_page = 0;
    Word command_line = 0;
};

/// Which addresses of a Linux server mean which memory: the direct map and the image.
class LinuxAddressMap {
public:
    LinuxAddressMap() = default;
    LinuxAddressMap(RangeList const& ranges, LinuxPlan const& plan, Word virtual_base)
        : ranges_{ranges}, image_{plan.image}, image_base_{virtual_base - plan.delta}
    {
    }

    /// As much around the address as one map item can carry.
    struct Answer {
        Word address; ///< in the server's space
        Word physical;
        unsigned log2size;
        l4::Rights rights;
    };
    std::optional<Answer> find(Word address) const;

private:
    RangeList ranges_{};
    Range image_{};       ///< physical
    Word image_base_ = 0; ///< address in the server's space minus physical address, modulo 2^64
};

} // namespace root

#endif
