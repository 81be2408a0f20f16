// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/linux_plan.hpp"
#include "tests/unit/lib/elf_builder.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace root;
using l4::mebi;

constexpr Word virtual_base = 0xffffffff80000000;

RangeList ranges(std::initializer_list<Range> all)
{
    RangeList list;
    for (Range const& range : all) EXPECT_TRUE(list.add(range));
    return list;
}

LinuxPlan::Needs needs(Word initrd = 3 * mebi + 5)
{
    return {.image = {16 * mebi, 48 * mebi + 0x1234},
            .alignment = 2 * mebi,
            .initrd_size = initrd,
            .command_line_size = 100};
}

TEST(RangeList, MergesWhatTouches)
{
    RangeList list;
    EXPECT_TRUE(list.add({0x4000, 0x5000}));
    EXPECT_TRUE(list.add({0x1000, 0x2000}));
    EXPECT_TRUE(list.add({0x5000, 0x6000}));
    EXPECT_TRUE(list.add({0x3000, 0x4000}));
    ASSERT_EQ(list.all().size(), 2u);
    EXPECT_EQ(list.all()[1], (Range{0x3000, 0x6000}));
    EXPECT_TRUE(list.add({0x2000, 0x3000}));
    ASSERT_EQ(list.all().size(), 1u);
    EXPECT_EQ(list.all()[0], (Range{0x1000, 0x6000}));
    EXPECT_FALSE(list.add({0x5000, 0x7000}));
    EXPECT_FALSE(list.add({0x0, 0x1001}));
    EXPECT_TRUE(list.add({0x9000, 0x9000}));
    EXPECT_EQ(list.total(), 0x5000u);
    EXPECT_TRUE(list.around(0x6000).is_empty());
    EXPECT_EQ(list.around(0x5fff), (Range{0x1000, 0x6000}));
}

TEST(RangeList, IsBounded)
{
    RangeList list;
    for (Word i = 0; i < RangeList::capacity; ++i) EXPECT_TRUE(list.add({2 * i * mebi, (2 * i + 1) * mebi}));
    EXPECT_FALSE(list.add({1000 * mebi, 1001 * mebi}));
    EXPECT_TRUE(list.add({mebi, 2 * mebi})) << "fills a gap";
    EXPECT_EQ(list.all().size(), RangeList::capacity - 1);
}

TEST(LinuxPlan, StaysWhereItWasLinkedIfItCan)
{
    auto const plan = LinuxPlan::make(ranges({{8 * mebi, 256 * mebi}}), needs());
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->delta, 0u);
    EXPECT_EQ(plan->image, (Range{16 * mebi, 50 * mebi})) << "to the end of the last large page";
    EXPECT_EQ(plan->initrd.size(), 3 * mebi + 5);
    EXPECT_TRUE(l4::is_aligned(plan->initrd.start, l4::page_size));
    EXPECT_EQ(plan->command_line, plan->boot_page + l4::page_size);
}

TEST(LinuxPlan, MovesUpAndDown)
{
    auto const up = LinuxPlan::make(ranges({{33 * mebi, 256 * mebi}}), needs());
    ASSERT_TRUE(up);
    EXPECT_EQ(up->delta, 18 * mebi);
    EXPECT_EQ(up->image.start, 34 * mebi);
    auto const down = LinuxPlan::make(ranges({{4 * mebi, 44 * mebi}}), needs());
    ASSERT_TRUE(down);
    EXPECT_EQ(down->image.start, 4 * mebi);
    EXPECT_EQ(16 * mebi + down->delta, 4 * mebi) << "modulo 2^64";
}

TEST(LinuxPlan, SaysWhatDoesNotFit)
{
    EXPECT_EQ(LinuxPlan::make(RangeList{}, needs()).error(), PlanError::image_does_not_fit);
    EXPECT_EQ(LinuxPlan::make(ranges({{0, 32 * mebi}}), needs()).error(), PlanError::image_does_not_fit);
    EXPECT_EQ(LinuxPlan::make(ranges({{1 * mebi, 34 * mebi}}), needs()).error(), PlanError::image_does_not_fit)
        << "large enough, but not at the alignment";
    EXPECT_EQ(LinuxPlan::make(ranges({{0, 64 * mebi}}), needs(40 * mebi)).error(), PlanError::initrd_does_not_fit);
    EXPECT_EQ(LinuxPlan::make(ranges({{0, 64 * mebi}}), needs(~Word{0})).error(), PlanError::initrd_does_not_fit);
    auto long_line = needs();
    long_line.command_line_size = 2048;
    EXPECT_EQ(LinuxPlan::make(ranges({{0, 256 * mebi}}), long_line).error(), PlanError::command_line_too_long);
}

TEST(LinuxPlan, PiecesNeverOverlapAndLieInRanges)
{
    std::mt19937 random{11};
    unsigned made = 0;
    for (unsigned round = 0; round < 5000; ++round) {
        RangeList list;
        Word at = 0;
        for (unsigned i = 0; i < 1 + random() % 5; ++i) {
            at += (random() % 20) * mebi;
            Word const size = (1 + random() % 60) * mebi;
            list.add({at, at + size});
            at += size;
        }
        auto const plan = LinuxPlan::make(list, needs(random() % (40 * mebi)));
        if (!plan) continue;
        ++made;
        Range const image{16 * mebi + plan->delta, 48 * mebi + 0x1234 + plan->delta};
        Range const pages{plan->boot_page, plan->boot_page + 2 * l4::page_size};
        ASSERT_TRUE(l4::is_aligned(plan->delta, 2 * mebi));
        ASSERT_TRUE(plan->image.contains(image));
        for (Range const& piece : {plan->image, plan->initrd, pages})
            ASSERT_TRUE(piece.is_empty() || list.around(piece.start).contains(piece));
        ASSERT_FALSE(plan->image.overlaps(plan->initrd));
        ASSERT_FALSE(plan->image.overlaps(pages));
        ASSERT_FALSE(plan->initrd.overlaps(pages));
    }
    EXPECT_GT(made, 500u);
}

TEST(LinuxAddressMap, AnswersWithAsMuchAsPossible)
{
    RangeList const memory = ranges({{32 * mebi, 256 * mebi}});
    auto const plan = LinuxPlan::make(memory, needs());
    ASSERT_TRUE(plan);
    LinuxAddressMap const map{memory, *plan, virtual_base};

    auto const direct = map.find(L4_LINUX_DIRECT_MAP + 130 * mebi + 5);
    ASSERT_TRUE(direct);
    EXPECT_EQ(direct->address, L4_LINUX_DIRECT_MAP + 128 * mebi);
    EXPECT_EQ(direct->physical, 128 * mebi);
    EXPECT_EQ(direct->log2size, 27u);
    EXPECT_EQ(direct->rights, l4::Rights::rw);

    // Linked at 16 MiB, loaded at 32 MiB: virtual addresses follow the link address.
    auto const image = map.find(virtual_base + 16 * mebi + 0x123);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->physical, 32 * mebi);
    EXPECT_EQ(image->log2size, 24u) << "16 MiB: what both sides are aligned to";
    EXPECT_EQ(image->rights, l4::Rights::rwx);

    for (Word const wild : {Word{0}, L4_LINUX_DIRECT_MAP, L4_LINUX_DIRECT_MAP + 256 * mebi, virtual_base,
                            virtual_base + 100 * mebi, ~Word{0}, Word{0xffffc90000000000}})
        EXPECT_FALSE(map.find(wild)) << std::hex << wild;
}

TEST(LinuxAddressMap, EveryPageOfTheImageMapsToItsPlace)
{
    RangeList const memory = ranges({{34 * mebi, 80 * mebi}});
    auto const plan = LinuxPlan::make(memory, needs(0));
    ASSERT_TRUE(plan);
    LinuxAddressMap const map{memory, *plan, virtual_base};
    for (Word at = 16 * mebi; at < 48 * mebi + 0x1234; at += l4::page_size) {
        auto const found = map.find(virtual_base + at);
        ASSERT_TRUE(found);
        ASSERT_EQ(found->physical + (virtual_base + at - found->address), at + plan->delta);
        Range const block{found->physical, found->physical + (Word{1} << found->log2size)};
        ASSERT_TRUE(memory.around(block.start).contains(block));
        ASSERT_TRUE(l4::is_aligned(found->address, block.size()));
    }
}

TEST(LinuxNotes, AllFourAreNeeded)
{
    auto const read = [](std::string const& notes) {
        ElfBuilder b;
        b.load({.vaddr = 0xffffffff81000000, .paddr = 0x1000000}, "code");
        b.notes(notes);
        auto const file = b.build();
        auto const image = l4::elf::Image::parse(file, l4::elf::Addresses::physical);
        return image ? LinuxNotes::read(*image) : std::nullopt;
    };
    auto const note = [](unsigned type, Word value) { return ElfBuilder::note("Pecan", type, value); };
    auto const notes = read(note(1, 0xffffffff81000000) + note(2, virtual_base) + note(3, 2 * mebi) + note(4, 1));
    ASSERT_TRUE(notes);
    EXPECT_EQ(notes->entry, 0xffffffff81000000u);
    EXPECT_EQ(notes->alignment, 2 * mebi);
    EXPECT_FALSE(read(note(2, virtual_base) + note(3, 2 * mebi) + note(4, 1)));
    EXPECT_FALSE(read(note(1, 1) + note(2, virtual_base) + note(3, 2 * mebi) + note(4, 2))) << "protocol";
    EXPECT_FALSE(read(note(1, 1) + note(2, virtual_base) + note(3, 0) + note(4, 1))) << "alignment";
    EXPECT_FALSE(read(note(1, 1) + note(2, virtual_base) + note(3, 3 * mebi) + note(4, 1)));
    EXPECT_FALSE(read(note(1, 1) + note(2, virtual_base) + note(3, 0x1000) + note(4, 1)));
    EXPECT_FALSE(read(note(1, 1) + note(2, virtual_base + 0x1000) + note(3, 2 * mebi) + note(4, 1)));
}

} // namespace
