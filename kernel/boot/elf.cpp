// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/elf.hpp"

namespace pecan {

namespace {

/// The file's header (System V ABI, 4). Magic, class, byte order and version as one number.
struct FileHeader {
    std::uint32_t magic;
    std::uint8_t file_class, byte_order, ident_version, os_abi;
    std::uint8_t padding[8];
    std::uint16_t type, machine;
    std::uint32_t version;
    Word entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_size, program_header_size, program_header_count;
    std::uint16_t section_header_size, section_header_count, section_names;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    std::uint32_t type, flags;
    Word offset, virtual_address, physical_address, file_size, memory_size, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr std::uint32_t elf_magic = 0x464c457f;
constexpr std::uint8_t class_64 = 2;
constexpr std::uint8_t little_endian = 1;
constexpr std::uint16_t type_executable = 2;
constexpr std::uint16_t machine_x86_64 = 62;
constexpr std::uint32_t segment_load = 1;
constexpr std::uint32_t segment_dynamic = 2;
constexpr std::uint32_t segment_interpreter = 3;
constexpr std::uint32_t flag_execute = 1;
constexpr Word physical_end = Word{1} << 52;

BootResult<FileHeader> read_header(Text file, ByteView bytes)
{
    auto const damaged = [&](Text field) {
        return BootError{.fault = BootFault::elf_damaged, .file = file, .other = field};
    };
    auto const unsupported = [&](Text what) {
        return BootError{.fault = BootFault::elf_unsupported, .file = file, .other = what};
    };
    FileHeader header;
    if (!bytes.read(0, header) || header.magic != elf_magic) return unsupported("an ELF file");
    if (header.file_class != class_64) return unsupported("a 64-bit file");
    if (header.byte_order != little_endian) return unsupported("little-endian");
    if (header.machine != machine_x86_64) return unsupported("for x86-64");
    if (header.type != type_executable) return unsupported("a static executable");
    if (header.ident_version != 1 || header.version != 1) return damaged("e_version");
    if (header.header_size < sizeof header) return damaged("e_ehsize");
    if (header.program_header_size != sizeof(ProgramHeader)) return damaged("e_phentsize");
    if (header.program_header_count == 0) return damaged("e_phnum");
    if (!bytes.holds(header.program_headers, Word{header.program_header_count} * sizeof(ProgramHeader)))
        return damaged("e_phoff");
    return header;
}

BootResult<ElfSegment> read_segment(Text file, ByteView bytes, Word number, ProgramHeader const& header)
{
    if (!bytes.holds(header.offset, header.file_size))
        return BootError{.fault = BootFault::elf_segment_outside, .file = file, .number = number};
    if (header.file_size > header.memory_size || header.physical_address >= physical_end ||
        header.memory_size > physical_end - header.physical_address)
        return BootError{.fault = BootFault::elf_segment_wraps, .file = file, .number = number};
    return ElfSegment{number,
                      header.offset,
                      header.file_size,
                      {PhysAddr{header.physical_address}, header.memory_size},
                      (header.flags & flag_execute) != 0};
}

BootResult<Ok> add_segment(ElfImage& image, ElfSegment const& segment)
{
    for (ElfSegment const& other : image.segments)
        if (other.target.overlaps(segment.target))
            return BootError{.fault = BootFault::elf_segments_overlap,
                             .file = image.file,
                             .range = segment.target,
                             .number = segment.number};
    if (!image.segments.add(segment))
        return BootError{
            .fault = BootFault::elf_too_many_segments, .file = image.file, .limit = image.segments.capacity};
    return Ok{};
}

PhysRange pages_of(PhysRange range)
{
    PhysAddr const start = range.start.aligned_down(page_size);
    return {start, align_up(range.end().raw(), page_size) - start.raw()};
}

PhysRange hull_of(ElfImage const& image)
{
    PhysAddr low{physical_end}, high{0};
    for (ElfSegment const& segment : image.segments) {
        PhysRange const pages = pages_of(segment.target);
        if (pages.start < low) low = pages.start;
        if (pages.end() > high) high = pages.end();
    }
    return {low, high - low};
}

bool has_code_at(ElfImage const& image, PhysAddr address)
{
    for (ElfSegment const& segment : image.segments)
        if (segment.executable && segment.target.contains(address)) return true;
    return false;
}

} // namespace

BootResult<ElfImage> parse_elf(Text file, ByteView bytes)
{
    FileHeader const header = TRY(read_header(file, bytes));
    ElfImage image{.file = file, .entry = VirtAddr{header.entry}, .segments = {}, .range = {}};
    for (Word number = 0; number < header.program_header_count; ++number) {
        ProgramHeader segment;
        ensure(bytes.read(header.program_headers + number * sizeof segment, segment));
        if (segment.type == segment_interpreter || segment.type == segment_dynamic)
            return BootError{.fault = BootFault::elf_unsupported, .file = file, .other = "a static executable"};
        if (segment.type != segment_load || segment.memory_size == 0) continue;
        ElfSegment const checked = TRY(read_segment(file, bytes, number, segment));
        TRY(add_segment(image, checked));
    }
    if (!has_code_at(image, PhysAddr{header.entry}))
        return BootError{.fault = BootFault::elf_entry_outside, .file = file, .number = header.entry};
    image.range = hull_of(image);
    return image;
}

BootResult<Ok> check_place(ElfImage const& image, MemoryMap const& map, Claims const& claims)
{
    auto const check = [&](Word number, PhysRange pages) -> BootResult<Ok> {
        Claim const* claim = claims.highest_overlap(pages);
        if (map.is_ram(pages) && claim == nullptr) return Ok{};
        return BootError{.fault = BootFault::elf_place_taken,
                         .file = image.file,
                         .range = pages,
                         .number = number,
                         .other = claim == nullptr ? Text{} : claim->owner};
    };
    for (ElfSegment const& segment : image.segments) TRY(check(segment.number, pages_of(segment.target)));
    // What lies between the segments goes to the server as well: its box in the KIP is one range.
    return check(image.segments[image.segments.size() - 1].number, image.range);
}

} // namespace pecan
