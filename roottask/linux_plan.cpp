// SPDX-License-Identifier: BSD-2-Clause
#include "linux_plan.hpp"

#include <array>

namespace root {

namespace {

constexpr char const* owner = "Pecan";

/// Everything that a plan has placed so far; a new piece must not overlap any of it.
class Placed {
public:
    void add(Range range)
    {
        if (count_ < pieces_.size()) pieces_[count_++] = range;
    }

    /// The highest free place of this size, page aligned. High, because low memory is the scarcer.
    std::optional<Range> find_high(RangeList const& ranges, Word size) const
    {
        auto const all = ranges.all();
        for (std::size_t i = all.size(); i-- > 0;)
            if (auto const place = find_high_in(all[i], size)) return place;
        return {};
    }

private:
    std::optional<Range> find_high_in(Range range, Word size) const
    {
        Word end = l4::align_down(range.end, l4::page_size);
        while (end >= range.start && end - range.start >= size) {
            Range const place{end - size, end};
            Range const* const in_the_way = overlapping(place);
            if (in_the_way == nullptr) return place;
            end = l4::align_down(in_the_way->start, l4::page_size);
        }
        return {};
    }

    Range const* overlapping(Range place) const
    {
        for (std::size_t i = 0; i < count_; ++i)
            if (pieces_[i].overlaps(place)) return &pieces_[i];
        return nullptr;
    }

    std::array<Range, 4> pieces_{};
    std::size_t count_ = 0;
};

/// The lowest load address in the range that is right for the image's alignment.
std::optional<Word> place_image_in(Range range, LinuxPlan::Needs const& needs)
{
    Word const offset = needs.image.start & (needs.alignment - 1);
    Word const start = range.start <= offset ? offset : l4::align_up(range.start - offset, needs.alignment) + offset;
    if (start < range.start || start >= range.end || needs.image.size() > range.end - start) return {};
    return start;
}

std::optional<Word> place_image(RangeList const& ranges, LinuxPlan::Needs const& needs)
{
    // Where it was linked for, if that is ours: then no address in it has to be changed.
    if (ranges.around(needs.image.start).contains(needs.image)) return needs.image.start;
    for (Range const& range : ranges.all())
        if (auto const start = place_image_in(range, needs)) return start;
    return {};
}

} // namespace

std::optional<LinuxNotes> LinuxNotes::read(l4::elf::Image const& image)
{
    auto const entry = image.note_word(owner, L4_NOTE_ENTRY);
    auto const base = image.note_word(owner, L4_NOTE_VIRT_BASE);
    auto const alignment = image.note_word(owner, L4_NOTE_ALIGN);
    auto const protocol = image.note_word(owner, L4_NOTE_PROTOCOL);
    if (!entry || !base || !alignment || !protocol || *protocol != L4_LINUX_PROTOCOL) return {};
    // The image is mapped in large pages at both ends of the difference.
    if (!l4::is_power_of_two(*alignment) || *alignment < l4::large_page_size ||
        !l4::is_aligned(*base, l4::large_page_size))
        return {};
    return LinuxNotes{*entry, *base, *alignment};
}

l4::Result<LinuxPlan, PlanError> LinuxPlan::make(RangeList const& ranges, Needs const& needs)
{
    if (needs.command_line_size > max_command_line) return PlanError::command_line_too_long;
    auto const start = place_image(ranges, needs);
    if (!start) return PlanError::image_does_not_fit;

    LinuxPlan plan;
    plan.delta = *start - needs.image.start;
    // Linux maps its image in large pages and touches all of the last one.
    Word const image_end = *start + needs.image.size();
    Word const rounded_end = l4::align_up(image_end, l4::large_page_size);
    plan.image = {*start, rounded_end <= ranges.around(*start).end ? rounded_end : image_end};
    Placed placed;
    placed.add(plan.image);

    if (needs.initrd_size != 0) {
        if (needs.initrd_size > ranges.total()) return PlanError::initrd_does_not_fit;
        auto const place = placed.find_high(ranges, l4::align_up(needs.initrd_size, l4::page_size));
        if (!place) return PlanError::initrd_does_not_fit;
        placed.add(*place);
        plan.initrd = {place->start, place->start + needs.initrd_size};
    }
    auto const pages = placed.find_high(ranges, 2 * l4::page_size);
    if (!pages) return PlanError::image_does_not_fit;
    plan.boot_page = pages->start;
    plan.command_line = pages->start + l4::page_size;
    return plan;
}

bool looks_like_initrd(std::span<std::byte const> file)
{
    // cpio's two forms, then gzip, bzip2, lzma, xz, lzo, lz4, zstd: usr/Kconfig and lib/decompress.c of Linux.
    constexpr std::string_view heads[] = {"070701",
                                          "070702",
                                          std::string_view{"\x1f\x8b", 2},
                                          "BZh",
                                          std::string_view{"\x5d\0\0", 3},
                                          std::string_view{"\xfd"
                                                           "7zXZ",
                                                           5},
                                          "\x89LZO",
                                          "\x02!L\x18",
                                          "\x28\xb5\x2f\xfd"};
    for (std::string_view const head : heads)
        if (file.size() >= head.size() &&
            std::string_view{reinterpret_cast<char const*>(file.data()), head.size()} == head)
            return true;
    return false;
}

char const* describe(PlanError error)
{
    switch (error) {
    case PlanError::image_does_not_fit: return "no memory range is large enough for the image";
    case PlanError::initrd_does_not_fit: return "no memory range is large enough for the initrd";
    case PlanError::command_line_too_long: return "the command line is longer than 2047 characters";
    }
    return "unknown error";
}

std::optional<LinuxAddressMap::Answer> LinuxAddressMap::find(Word address) const
{
    auto const look = [address](Range physical, Word base, l4::Rights rights) -> std::optional<Answer> {
        l4::View const view{{physical.start + base, physical.end + base}, Word{0} - base};
        auto const block = l4::largest_block(view, address);
        if (!block) return {};
        return Answer{block->base, block->base - base, block->log2size, rights};
    };
    // The image first: it lies at the top of the address space, far from any direct map.
    if (auto const answer = look(image_, image_base_, l4::Rights::rwx)) return answer;
    Range const range = ranges_.around(address - L4_LINUX_DIRECT_MAP);
    return look(range, L4_LINUX_DIRECT_MAP, l4::Rights::rw);
}

} // namespace root
