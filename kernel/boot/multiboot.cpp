// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/multiboot.hpp"

namespace pecan {

namespace {

/// Head of the information.
struct InfoHeader {
    std::uint32_t total_size, reserved;
};

/// Head of each tag; tags start at multiples of 8.
struct TagHeader {
    std::uint32_t type, size;
};

enum TagType : std::uint32_t {
    tag_end = 0,
    tag_module = 3,
    tag_memory_map = 6,
    tag_rsdp_old = 14,
    tag_rsdp_new = 15,
};

struct ModuleTag {
    TagHeader header;
    std::uint32_t start, end;
};

struct MemoryMapTag {
    TagHeader header;
    std::uint32_t entry_size, entry_version;
};

struct MemoryMapEntry {
    Word start, size;
    std::uint32_t type, reserved;
};

BootError damaged(Word offset) { return {.fault = BootFault::info_damaged, .number = offset}; }

BootResult<Ok> read_module(ByteView tag, Word offset, BootRequest& request)
{
    ModuleTag module;
    if (!tag.read(0, module) || module.end < module.start) return damaged(offset);
    ByteView const rest = tag.part(sizeof module, tag.size());
    Text const line = rest.text();
    if (line.size() == rest.size()) return damaged(offset); // its end is missing
    PhysRange const range{PhysAddr{module.start}, module.end - module.start};
    if (!request.modules.add({module_name(line), line, range}))
        return BootError{.fault = BootFault::too_many_modules, .limit = request.modules.capacity};
    return Ok{};
}

BootResult<Ok> read_memory_map(ByteView tag, Word offset, BootRequest& request)
{
    MemoryMapTag map;
    // A newer version may have longer entries; the fields that count stay in front.
    if (!tag.read(0, map) || map.entry_size < sizeof(MemoryMapEntry)) return damaged(offset);
    MemoryMapEntry entry;
    for (Word at = sizeof map; tag.read(at, entry); at += map.entry_size)
        if (!request.regions.add({entry.start, entry.size, entry.type}))
            return BootError{.fault = BootFault::too_many_regions, .limit = request.regions.capacity};
    return Ok{};
}

BootResult<Ok> read_tag(TagHeader header, ByteView tag, Word offset, BootRequest& request)
{
    switch (header.type) {
    case tag_module: return read_module(tag, offset, request);
    case tag_memory_map: return read_memory_map(tag, offset, request);
    case tag_rsdp_old:
        if (request.rsdp.size() == 0) request.rsdp = tag.part(sizeof header, tag.size());
        return Ok{};
    case tag_rsdp_new: request.rsdp = tag.part(sizeof header, tag.size()); return Ok{};
    default: return Ok{};
    }
}

} // namespace

BootResult<Ok> parse_multiboot(ByteView info, BootRequest& request)
{
    InfoHeader head;
    if (!info.read(0, head) || head.total_size > info.size()) return damaged(0);
    info = info.part(0, head.total_size);

    for (Word offset = sizeof head;;) {
        TagHeader header;
        if (!info.read(offset, header)) return damaged(offset);
        if (header.type == tag_end) break;
        if (header.size < sizeof header || !info.holds(offset, header.size)) return damaged(offset);
        TRY(read_tag(header, info.part(offset, header.size), offset, request));
        offset += align_up(header.size, 8);
    }
    if (request.regions.is_empty()) return BootError{.fault = BootFault::no_memory_map};
    return Ok{};
}

BootResult<ByteView> MultibootCopy::take(void const* source)
{
    InfoHeader head;
    __builtin_memcpy(&head, source, sizeof head);
    if (head.total_size > capacity)
        return BootError{.fault = BootFault::info_too_large, .number = head.total_size, .limit = capacity};
    __builtin_memcpy(bytes_, source, head.total_size);
    return ByteView{bytes_, head.total_size};
}

} // namespace pecan
