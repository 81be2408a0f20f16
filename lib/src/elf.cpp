// SPDX-License-Identifier: BSD-2-Clause
#include <l4/elf.hpp>

extern "C" void* memcpy(void*, void const*, std::size_t);

namespace l4::elf {

namespace {

// The layouts of the ELF-64 object file format, version 1.
struct FileHeader {
    unsigned char ident[16];
    unsigned short type, machine;
    unsigned version;
    Word entry, program_headers, section_headers;
    unsigned flags;
    unsigned short header_size, program_header_size, program_header_count;
    unsigned short section_header_size, section_header_count, section_names;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    unsigned type, flags;
    Word offset, vaddr, paddr, file_size, memory_size, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

struct NoteHeader {
    unsigned name_size, desc_size, type;
};
static_assert(sizeof(NoteHeader) == 12);

constexpr unsigned char class_64 = 2, little_endian = 1, version_1 = 1;
constexpr unsigned short type_executable = 2, machine_amd64 = 62;
constexpr unsigned segment_load = 1, segment_dynamic = 2, segment_interpreter = 3, segment_note = 4;
constexpr unsigned flag_x = 1, flag_w = 2, flag_r = 4;
/// Far more than any linker writes; keeps the loop over hostile headers short.
constexpr unsigned max_program_headers = 64;

/// Files promise no alignment, so structures are copied out, never pointed at.
template <typename T>
T copy_out(std::span<std::byte const> from)
{
    T value;
    memcpy(&value, from.data(), sizeof value);
    return value;
}

/// Is [offset, offset + size) inside something of this length? Written so that nothing can wrap.
constexpr bool fits(Word offset, Word size, Word length) { return offset <= length && size <= length - offset; }

Rights rights_of(unsigned flags)
{
    return static_cast<Rights>(((flags & flag_r) != 0 ? L4_RIGHT_R : 0) | ((flags & flag_w) != 0 ? L4_RIGHT_W : 0) |
                               ((flags & flag_x) != 0 ? L4_RIGHT_X : 0));
}

} // namespace

Result<Image, Error> Image::parse(std::span<std::byte const> file, Addresses which)
{
    if (file.size() < sizeof(FileHeader)) return Error::truncated;
    auto const header = copy_out<FileHeader>(file);
    if (header.ident[0] != 0x7f || header.ident[1] != 'E' || header.ident[2] != 'L' || header.ident[3] != 'F')
        return Error::not_elf;
    if (header.ident[4] != class_64 || header.ident[5] != little_endian || header.ident[6] != version_1 ||
        header.version != version_1 || header.machine != machine_amd64)
        return Error::not_amd64;
    if (header.type != type_executable) return Error::not_executable;
    if (header.program_header_count == 0) return Error::no_segments;
    if (header.header_size < sizeof(FileHeader) || header.program_header_size != sizeof(ProgramHeader) ||
        header.program_header_count > max_program_headers)
        return Error::bad_header;
    Word const table_size = Word{header.program_header_count} * sizeof(ProgramHeader);
    if (!fits(header.program_headers, table_size, file.size())) return Error::truncated;

    Image image;
    image.file_ = file;
    image.entry_ = header.entry;
    auto table = file.subspan(header.program_headers, table_size);
    for (; !table.empty(); table = table.subspan(sizeof(ProgramHeader))) {
        auto const type = copy_out<unsigned>(table);
        std::optional<Error> error;
        if (type == segment_dynamic || type == segment_interpreter) return Error::not_executable;
        if (type == segment_load)
            error = image.add_load(table, which);
        else if (type == segment_note)
            error = image.add_note(table);
        if (error) return *error;
    }
    if (image.count_ == 0) return Error::no_segments;
    if (image.has_overlap()) return Error::segments_overlap;
    return image;
}

std::optional<Error> Image::add_load(std::span<std::byte const> header, Addresses which)
{
    auto const program = copy_out<ProgramHeader>(header);
    if (program.memory_size == 0 && program.file_size == 0) return {};
    if (program.file_size > program.memory_size) return Error::segment_shrinks;
    if (!fits(program.offset, program.file_size, file_.size())) return Error::segment_outside;
    Word const start = which == Addresses::physical ? program.paddr : program.vaddr;
    if (program.memory_size > ~Word{0} - start) return Error::segment_wraps;
    if (program.alignment > 1 &&
        (!is_power_of_two(program.alignment) || !is_aligned(program.offset - program.vaddr, program.alignment)))
        return Error::segment_misaligned;
    if (count_ == max_segments) return Error::too_many_segments;
    segments_[count_++] =
        Segment{{start, start + program.memory_size}, program.offset, program.file_size, rights_of(program.flags)};
    return {};
}

std::optional<Error> Image::add_note(std::span<std::byte const> header)
{
    auto const program = copy_out<ProgramHeader>(header);
    if (!fits(program.offset, program.file_size, file_.size())) return Error::segment_outside;
    if (note_count_ == max_note_segments) return Error::too_many_segments;
    // The format says 8 for ELF-64, practice says 4; only segments marked 8 are laid out so.
    notes_[note_count_++] = NoteSegment{program.offset, program.file_size, program.alignment == 8 ? Word{8} : Word{4}};
    return {};
}

bool Image::has_overlap() const
{
    for (std::size_t i = 0; i < count_; ++i)
        for (std::size_t j = i + 1; j < count_; ++j)
            if (segments_[i].memory.overlaps(segments_[j].memory)) return true;
    return false;
}

Range Image::extent() const
{
    Range all = segments_[0].memory;
    for (Segment const& segment : segments()) {
        if (segment.memory.start < all.start) all.start = segment.memory.start;
        if (segment.memory.end > all.end) all.end = segment.memory.end;
    }
    return all;
}

std::optional<Word> Image::note_word(std::string_view owner, unsigned type) const
{
    for (std::size_t i = 0; i < note_count_; ++i) {
        NoteSegment const& where = notes_[i];
        auto rest = file_.subspan(where.offset, where.size);
        while (rest.size() >= sizeof(NoteHeader)) {
            auto const note = copy_out<NoteHeader>(rest);
            rest = rest.subspan(sizeof(NoteHeader));
            // Sizes have 32 bits, so these sums cannot wrap.
            Word const desc_at =
                align_up(sizeof(NoteHeader) + Word{note.name_size}, where.alignment) - sizeof(NoteHeader);
            Word const next_at = align_up(desc_at + note.desc_size, where.alignment);
            if (!fits(desc_at, note.desc_size, rest.size())) break; // malformed: what follows cannot be found
            // The owner's name is stored with its NUL.
            bool const is_owner = note.name_size == owner.size() + 1 &&
                                  std::string_view{reinterpret_cast<char const*>(rest.data()), owner.size()} == owner &&
                                  rest[owner.size()] == std::byte{0};
            if (is_owner && note.type == type && note.desc_size == sizeof(Word))
                return copy_out<Word>(rest.subspan(desc_at));
            if (next_at >= rest.size()) break;
            rest = rest.subspan(next_at);
        }
    }
    return {};
}

char const* describe(Error error)
{
    switch (error) {
    case Error::truncated: return "file is truncated";
    case Error::not_elf: return "not an ELF file";
    case Error::not_amd64: return "not a little-endian 64-bit ELF file for amd64";
    case Error::not_executable: return "not a statically linked executable";
    case Error::bad_header: return "program header table of unknown form";
    case Error::no_segments: return "no segments to load";
    case Error::too_many_segments: return "too many segments";
    case Error::segment_outside: return "a segment lies outside the file";
    case Error::segment_shrinks: return "a segment is larger in the file than in memory";
    case Error::segment_wraps: return "a segment wraps around the address space";
    case Error::segment_misaligned: return "a segment is misaligned";
    case Error::segments_overlap: return "segments overlap";
    }
    return "unknown error";
}

} // namespace l4::elf
