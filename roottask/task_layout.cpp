// SPDX-License-Identifier: BSD-2-Clause
#include "task_layout.hpp"

namespace root {

namespace {

/// False also for ranges so close to the end of the number space that rounding would wrap.
bool is_inside_area(Range range) { return TaskLayout::area.contains(range); }

constexpr Range whole_pages(Range range)
{
    return {l4::align_down(range.start, l4::page_size), l4::align_up(range.end, l4::page_size)};
}

} // namespace

l4::Result<TaskLayout, TaskError> TaskLayout::make(l4::elf::Image const& image)
{
    TaskLayout layout;
    if (!is_inside_area(image.extent())) return TaskError::outside_area;
    layout.image_ = whole_pages(image.extent());
    if (layout.image_.size() > max_image_size) return TaskError::too_large;
    Word const stack_start = layout.image_.end + l4::page_size;
    layout.stack_ = {stack_start, stack_start + stack_size};
    if (!is_inside_area(layout.stack_)) return TaskError::outside_area;

    for (l4::elf::Segment const& segment : image.segments()) {
        Part const part{whole_pages(segment.memory), segment.rights};
        for (std::size_t i = 0; i < layout.part_count_; ++i)
            if (layout.parts_[i].pages.overlaps(part.pages)) return TaskError::shared_page;
        layout.parts_[layout.part_count_++] = part;
    }
    return layout;
}

std::optional<TaskLayout::Page> TaskLayout::find(Word address) const
{
    Word const page = l4::align_down(address, l4::page_size);
    if (stack_.contains(page)) return Page{image_.size() + (page - stack_.start), l4::Rights::rw};
    for (std::size_t i = 0; i < part_count_; ++i)
        if (parts_[i].pages.contains(page)) return Page{page - image_.start, parts_[i].rights};
    return {};
}

char const* describe(TaskError error)
{
    switch (error) {
    case TaskError::outside_area: return "its addresses are outside 10000..b0000000";
    case TaskError::too_large: return "it is larger than 4 MiB";
    case TaskError::shared_page: return "two segments share a page";
    }
    return "unknown error";
}

} // namespace root
