// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_TASK_LAYOUT_HPP
#define ROOTTASK_TASK_LAYOUT_HPP

#include <l4/elf.hpp>
#include <l4/result.hpp>

#include <optional>

namespace root {

using l4::Range;
using l4::Word;

enum class TaskError {
    outside_area, ///< addresses that a task cannot have
    too_large,
    shared_page, ///< two segments with bytes in one page
};
char const* describe(TaskError error);

/// The address space of a native task (docs/abi/task.md) and the one block of memory behind it:
///
///     addresses  | segments ... with gaps | guard | stack |
///     memory     | the same               |       stack |   without the guard page
class TaskLayout {
public:
    static constexpr Range area{0x10000, 0xb0000000};
    static constexpr Word max_image_size = 4 * l4::mebi;
    static constexpr Word stack_size = 16 * l4::kibi;

    static l4::Result<TaskLayout, TaskError> make(l4::elf::Image const& image);

    Word memory_size() const { return image_.size() + stack_size; }
    Range image() const { return image_; }
    Range stack() const { return stack_; }

    /// What the page with this address is: where in the memory, and what the task may do there.
    struct Page {
        Word offset;
        l4::Rights rights;
    };
    std::optional<Page> find(Word address) const;

private:
    struct Part {
        Range pages;
        l4::Rights rights;
    };
    Range image_{}; ///< whole pages
    Range stack_{};
    std::array<Part, l4::elf::Image::max_segments> parts_{};
    std::size_t part_count_ = 0;
};

} // namespace root

#endif
