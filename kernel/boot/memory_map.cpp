// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/memory_map.hpp"

namespace pecan {

namespace {

constexpr Word physical_end = Word{1} << 52;
constexpr std::uint32_t ram = 1;

struct Span {
    Word start, end;
};

/// The pages that an entry speaks for; empty if there is none.
Span pages_of(FirmwareRegion const& entry)
{
    Word const start = entry.start < physical_end ? entry.start : physical_end;
    Word const end = entry.size < physical_end - start ? start + entry.size : physical_end;
    if (entry.size == 0) return {start, start};
    if (entry.type != ram) return {align_down(start, page_size), align_up(end, page_size)};
    return {align_up(start, page_size), align_down(end, page_size)};
}

/// Which of two kinds holds where both are claimed: the higher.
int caution(std::uint32_t type)
{
    switch (type) {
    case 0: return 0;
    case ram: return 1;
    case 3: return 2; // ACPI tables: RAM again once they are read
    case 4: return 3; // ACPI non-volatile
    case 2: return 5;
    default: return 4;
    }
}

/// The end nearest above `after` at which the kind may change.
Word next_edge(MemoryMap::Entries const& entries, Word after)
{
    Word nearest = physical_end;
    for (FirmwareRegion const& entry : entries) {
        Span const span = pages_of(entry);
        if (span.start >= span.end) continue;
        if (span.start > after && span.start < nearest) nearest = span.start;
        if (span.end > after && span.end < nearest) nearest = span.end;
    }
    return nearest;
}

/// The kind at an address; 0 if no entry speaks of it.
std::uint32_t type_at(MemoryMap::Entries const& entries, Word address)
{
    std::uint32_t type = 0;
    for (FirmwareRegion const& entry : entries) {
        Span const span = pages_of(entry);
        if (address >= span.start && address < span.end && caution(entry.type) > caution(type)) type = entry.type;
    }
    return type;
}

Text name_of(std::uint32_t type)
{
    switch (type) {
    case ram: return "RAM";
    case 2: return "reserved";
    case 3: return "ACPI tables";
    case 4: return "ACPI non-volatile";
    case 5: return "bad RAM";
    default: return "unknown, left alone";
    }
}

} // namespace

void MemoryMap::build(Entries const& entries)
{
    regions_.clear();
    for (Word at = 0; at < physical_end;) {
        Word const end = next_edge(entries, at);
        std::uint32_t const type = type_at(entries, at);
        bool const continues = !regions_.is_empty() && regions_[regions_.size() - 1].type == type &&
                               regions_[regions_.size() - 1].range.end().raw() == at;
        if (continues)
            regions_[regions_.size() - 1].range.size += end - at;
        else if (type != 0)
            ensure(regions_.add({{PhysAddr{at}, end - at}, type}));
        at = end;
    }
}

bool MemoryMap::is_ram(PhysRange range) const
{
    if (range.size == 0) return true;
    for (MemoryRegion const& region : regions_)
        if (region.is_ram() && region.range.contains(range.start))
            return range.size <= region.range.end() - range.start;
    return false;
}

Word MemoryMap::ram_size() const
{
    Word size = 0;
    for (MemoryRegion const& region : regions_)
        if (region.is_ram()) size += region.range.size;
    return size;
}

PhysAddr MemoryMap::ram_end() const
{
    PhysAddr end;
    for (MemoryRegion const& region : regions_)
        if (region.is_ram()) end = region.range.end();
    return end;
}

void format(Printer& out, MemoryMap const& map)
{
    for (MemoryRegion const& region : map.regions())
        out("  ", region.range, "  ", name_of(region.type), ", ", Size{region.range.size}, "\n");
}

} // namespace pecan
