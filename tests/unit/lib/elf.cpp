// SPDX-License-Identifier: BSD-2-Clause
#include "elf_builder.hpp"

#include <l4/elf.hpp>

#include <gtest/gtest.h>

#include <random>

namespace {

using l4::elf::Addresses;
using l4::elf::Error;
using l4::elf::Image;

ElfBuilder two_segments()
{
    ElfBuilder b;
    b.load({.flags = 5, .vaddr = 0x400000, .paddr = 0x1000000}, "code");
    b.load({.flags = 6, .vaddr = 0x402000, .paddr = 0x1002000, .memory_size = 0x800}, "data");
    return b;
}

std::optional<Error> error_of(std::vector<std::byte> const& file, Addresses which = Addresses::virtual_)
{
    auto const image = Image::parse(file, which);
    return image ? std::nullopt : std::optional{image.error()};
}

TEST(Elf, ReadsSegmentsByVirtualAddress)
{
    auto const file = two_segments().build();
    auto const image = Image::parse(file, Addresses::virtual_);
    ASSERT_TRUE(image);
    ASSERT_EQ(image->segments().size(), 2u);
    EXPECT_EQ(image->entry(), 0x400000u);
    EXPECT_EQ(image->segments()[0].memory, (l4::Range{0x400000, 0x400004}));
    EXPECT_EQ(image->segments()[0].rights, l4::Rights::rx);
    EXPECT_EQ(image->segments()[1].rights, l4::Rights::rw);
    EXPECT_EQ(image->bytes_of(image->segments()[1])[0], std::byte{'d'});
    EXPECT_EQ(image->extent(), (l4::Range{0x400000, 0x402800}));
}

TEST(Elf, ReadsSegmentsByPhysicalAddress)
{
    auto const file = two_segments().build();
    auto const image = Image::parse(file, Addresses::physical);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->extent(), (l4::Range{0x1000000, 0x1002800}));
}

TEST(Elf, VirtualOverlapDoesNotMatterForPhysicalLoading)
{
    // Linux's per-CPU segment has the virtual address 0.
    ElfBuilder b;
    b.load({.vaddr = 0, .paddr = 0x1000000}, "text");
    b.load({.vaddr = 0, .paddr = 0x1200000}, "percpu");
    EXPECT_FALSE(error_of(b.build(), Addresses::physical));
    EXPECT_EQ(error_of(b.build(), Addresses::virtual_), Error::segments_overlap);
}

TEST(Elf, EveryTruncationIsAnErrorOrHarmless)
{
    auto const file = two_segments().build();
    for (std::size_t size = 0; size < file.size(); ++size) {
        // A copy of exactly that size, so that the sanitizer sees a read behind it.
        std::vector<std::byte> const cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_TRUE(error_of(cut)) << size;
    }
}

TEST(Elf, RefusesWrongHeaders)
{
    auto const good = two_segments().build();
    auto const with = [&](std::size_t at, auto value) {
        auto file = good;
        ElfBuilder::put(file, at, value);
        return error_of(file);
    };
    EXPECT_EQ(with(0, std::uint8_t{0}), Error::not_elf);
    EXPECT_EQ(with(4, std::uint8_t{1}), Error::not_amd64);
    EXPECT_EQ(with(5, std::uint8_t{2}), Error::not_amd64);
    EXPECT_EQ(with(18, std::uint16_t{3}), Error::not_amd64);
    EXPECT_EQ(with(16, std::uint16_t{3}), Error::not_executable);
    EXPECT_EQ(with(6, std::uint8_t{0}), Error::not_amd64);
    EXPECT_EQ(with(20, std::uint32_t{2}), Error::not_amd64);
    EXPECT_EQ(with(16, std::uint16_t{1}), Error::not_executable);
    EXPECT_EQ(with(52, std::uint16_t{52}), Error::bad_header);
    EXPECT_EQ(with(54, std::uint16_t{32}), Error::bad_header);
    EXPECT_EQ(with(56, std::uint16_t{0}), Error::no_segments);
    EXPECT_EQ(with(56, std::uint16_t{65}), Error::bad_header);
    EXPECT_EQ(with(56, std::uint16_t{3}), Error::truncated);
    EXPECT_EQ(with(32, std::uint64_t{~0ull}), Error::truncated);
    EXPECT_EQ(with(32, std::uint64_t{~0ull - 55}), Error::truncated);
}

TEST(Elf, RefusesWrongSegments)
{
    auto const with = [](ElfBuilder::Program program) {
        ElfBuilder b;
        b.load({.vaddr = 0x400000}, "code");
        b.raw(program);
        return error_of(b.build());
    };
    EXPECT_EQ(with({.type = 2}), Error::not_executable); // dynamic
    EXPECT_EQ(with({.type = 3}), Error::not_executable); // asks for an interpreter
    EXPECT_EQ(with({.vaddr = 0x500000, .file_size = 2, .memory_size = 1}), Error::segment_shrinks);
    EXPECT_EQ(with({.offset = 1u << 30, .vaddr = 0x500000, .file_size = 2, .memory_size = 2}), Error::segment_outside);
    EXPECT_EQ(with({.offset = ~0ull, .vaddr = 0x500000, .file_size = 2, .memory_size = 2}), Error::segment_outside);
    EXPECT_EQ(with({.offset = 1, .vaddr = 0x500000, .file_size = ~0ull, .memory_size = ~0ull}), Error::segment_outside);
    EXPECT_EQ(with({.vaddr = ~0ull - 0xfff, .memory_size = 0x2000}), Error::segment_wraps);
    EXPECT_EQ(with({.vaddr = 1, .memory_size = ~0ull}), Error::segment_wraps);
    EXPECT_EQ(with({.offset = 4, .vaddr = 0x500000, .memory_size = 1}), Error::segment_misaligned);
    EXPECT_EQ(with({.vaddr = 0x500000, .memory_size = 1, .alignment = 3}), Error::segment_misaligned);
    EXPECT_EQ(with({.vaddr = 0x3ff000, .memory_size = 0x1001}), Error::segments_overlap);
    EXPECT_FALSE(with({.vaddr = 0x3ff000, .memory_size = 0x1000}));
    EXPECT_FALSE(with({.vaddr = 0x400000, .memory_size = 0})); // nothing there
}

TEST(Elf, RefusesTooManySegments)
{
    ElfBuilder b;
    for (unsigned i = 0; i <= Image::max_segments; ++i) b.raw({.vaddr = 0x400000 + 0x1000 * i, .memory_size = 1});
    EXPECT_EQ(error_of(b.build()), Error::too_many_segments);
}

TEST(Elf, RefusesAFileWithoutLoadableSegments)
{
    ElfBuilder b;
    b.notes(ElfBuilder::note("Pecan", 1, 2));
    EXPECT_EQ(error_of(b.build()), Error::no_segments);
}

TEST(Elf, FindsNotes)
{
    ElfBuilder b = two_segments();
    b.notes(ElfBuilder::note("Linux", 1, 11) + ElfBuilder::note("Pecan", 1, 42) + ElfBuilder::note("Pecan", 2, 43));
    auto const file = b.build();
    auto const image = Image::parse(file, Addresses::virtual_);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->note_word("Pecan", 1), 42u);
    EXPECT_EQ(image->note_word("Pecan", 2), 43u);
    EXPECT_EQ(image->note_word("Linux", 1), 11u);
    EXPECT_FALSE(image->note_word("Pecan", 3));
    EXPECT_FALSE(image->note_word("Peca", 1));
    EXPECT_FALSE(image->note_word("Pecans", 1));
}

TEST(Elf, SurvivesMalformedNotes)
{
    auto const word_of = [](std::string const& notes) {
        ElfBuilder b = two_segments();
        b.notes(notes);
        auto const file = b.build();
        auto const image = Image::parse(file, Addresses::virtual_);
        return image ? image->note_word("Pecan", 1) : std::nullopt;
    };
    std::string note = ElfBuilder::note("Pecan", 1, 42);
    for (std::size_t size = 0; size < note.size(); ++size) EXPECT_FALSE(word_of(note.substr(0, size))) << size;
    std::string huge_name = note, huge_desc = note;
    ElfBuilder::put(huge_name, 0, ~0u);
    ElfBuilder::put(huge_desc, 4, ~0u);
    EXPECT_FALSE(word_of(huge_name));
    EXPECT_FALSE(word_of(huge_desc));
    std::string half = note;
    ElfBuilder::put(half, 4, 4u); // four bytes where a word is expected
    EXPECT_FALSE(word_of(half));
}

TEST(Elf, RandomDamageNeverReadsOutside)
{
    ElfBuilder b = two_segments();
    b.notes(ElfBuilder::note("Pecan", 1, 42));
    auto const good = b.build();
    std::mt19937 random{1};
    for (unsigned round = 0; round < 20'000; ++round) {
        auto file = good;
        for (unsigned i = 0; i < 3; ++i) {
            // Headers are where it hurts: the file's, and the table at the end.
            std::size_t const at = random() % 2 == 0 ? random() % 64 : file.size() - 1 - random() % 224;
            file[at] = static_cast<std::byte>(random());
        }
        auto const image = Image::parse(file, Addresses::virtual_);
        if (!image) continue;
        (void)image->note_word("Pecan", 1);
        for (auto const& segment : image->segments())
            for (std::byte const byte : image->bytes_of(segment)) ASSERT_LE(static_cast<unsigned>(byte), 255u);
    }
}

} // namespace
