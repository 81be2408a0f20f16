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

struct Kind {
    std::uint32_t type;
    int caution; ///< which of two kinds holds where both are claimed: the higher
    Text name;
};
constexpr Kind kinds[] = {
    {0, 0, ""}, // no entry speaks of it
    {ram, 1, "RAM"},
    {3, 2, "ACPI tables"}, // RAM again once they are read
    {4, 3, "ACPI non-volatile"},
    {5, 4, "bad RAM"},
    {2, 5, "reserved"},
};

Kind kind_of(std::uint32_t type)
{
    for (Kind const& kind : kinds)
        if (kind.type == type) return kind;
    return {type, 4, "unknown, left alone"};
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
    Kind most = kinds[0];
    for (FirmwareRegion const& entry : entries) {
        Span const span = pages_of(entry);
        Kind const kind = kind_of(entry.type);
        if (address >= span.start && address < span.end && kind.caution > most.caution) most = kind;
    }
    return most.type;
}

} // namespace

void MemoryMap::build(Entries const& entries)
{
    regions_.clear();
    for (Word at = 0; at < physical_end;) {
        Word const end = next_edge(entries, at);
        std::uint32_t const type = type_at(entries, at);
        MemoryRegion* const last = regions_.is_empty() ? nullptr : &regions_[regions_.size() - 1];
        if (last != nullptr && last->type == type && last->range.end().raw() == at)
            last->range.size += end - at;
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
        out("  ", region.range, "  ", kind_of(region.type).name, ", ", Size{region.range.size}, "\n");
}

} // namespace pecan
