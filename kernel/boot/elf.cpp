// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/elf.hpp"

namespace pecan {

namespace {

PhysRange pages_of(l4::Range memory)
{
    PhysAddr const start{align_down(memory.start, page_size)};
    return {start, align_up(memory.end, page_size) - start.raw()};
}

bool has_code_at(l4::elf::Image const& image, Word address)
{
    for (l4::elf::Segment const& segment : image.segments())
        if (allows(segment.rights, l4::Rights::x) && segment.memory.contains(address)) return true;
    return false;
}

} // namespace

BootResult<ServerImage> parse_elf(Text file, ByteView bytes)
{
    auto const elf = l4::elf::Image::parse(bytes.bytes(), l4::elf::Addresses::physical);
    if (!elf) return BootError{.fault = BootFault::elf_unusable, .file = file, .other = describe(elf.error())};
    if (!has_code_at(*elf, elf->entry()))
        return BootError{.fault = BootFault::elf_entry_outside, .file = file, .number = elf->entry()};
    return ServerImage{file, *elf, pages_of(elf->extent())};
}

BootResult<Ok> check_place(ServerImage const& image, MemoryMap const& map, Claims const& claims)
{
    auto const check = [&](PhysRange pages) -> BootResult<Ok> {
        Claim const* claim = claims.highest_overlap(pages);
        if (map.is_ram(pages) && claim == nullptr) return Ok{};
        return BootError{.fault = BootFault::elf_place_taken,
                         .file = image.file,
                         .range = pages,
                         .other = claim == nullptr ? Text{} : claim->owner};
    };
    for (l4::elf::Segment const& segment : image.elf.segments()) TRY(check(pages_of(segment.memory)));
    // What lies between the segments goes to the server as well: its box in the KIP is one range.
    return check(image.range);
}

} // namespace pecan
