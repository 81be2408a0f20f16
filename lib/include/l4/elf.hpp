// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_ELF_HPP
#define L4_ELF_HPP

#include <l4/fpage.hpp>
#include <l4/result.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace l4::elf {

enum class Error {
    truncated,      ///< a header or a table reaches beyond the end of the file
    not_elf,        ///< the magic number is missing
    not_amd64,      ///< another word size, byte order, version or machine
    not_executable, ///< a relocatable object, a shared library, a core dump
    bad_header,     ///< program headers of another size than ours
    no_segments,    ///< nothing to load
    too_many_segments,
    segment_outside,    ///< a segment's bytes reach beyond the end of the file
    segment_shrinks,    ///< a segment has more bytes in the file than in memory
    segment_wraps,      ///< a segment reaches beyond the end of the number space
    segment_misaligned, ///< alignment no power of two, or offset and address disagree modulo it
    segments_overlap,
};
char const* describe(Error error);

/// Which of the two addresses of a segment is meant.
enum class Addresses { physical, virtual_ };

struct Segment {
    Range memory; ///< where it goes, in the address space that parse() was asked for
    Word file_offset;
    Word file_size; ///< at most memory.size(); the rest is zero
    Rights rights;
};

/// An executable ELF file for amd64, checked as a whole: every field has been read once and
/// copied, so that what was checked is what is used. The file itself must stay where it is.
class Image {
public:
    static constexpr std::size_t max_segments = 16;

    static Result<Image, Error> parse(std::span<std::byte const> file, Addresses which);

    Word entry() const { return entry_; }
    std::span<Segment const> segments() const { return {segments_.data(), count_}; }
    std::span<std::byte const> bytes_of(Segment const& segment) const
    {
        return file_.subspan(segment.file_offset, segment.file_size);
    }
    /// From the lowest to the highest address of all segments.
    Range extent() const;

    /// The descriptor of the first note with this owner and type, if it is one 64-bit word.
    std::optional<Word> note_word(std::string_view owner, unsigned type) const;

private:
    struct NoteSegment {
        Word offset, size, alignment;
    };
    static constexpr std::size_t max_note_segments = 4;

    Image() = default;
    std::optional<Error> add_load(std::span<std::byte const> header, Addresses which);
    std::optional<Error> add_note(std::span<std::byte const> header);
    bool has_overlap() const;

    std::span<std::byte const> file_{};
    Word entry_ = 0;
    std::array<Segment, max_segments> segments_{};
    std::size_t count_ = 0;
    std::array<NoteSegment, max_note_segments> notes_{};
    std::size_t note_count_ = 0;
};

} // namespace l4::elf

#endif
