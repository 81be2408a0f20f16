// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/task_layout.hpp"
#include "tests/unit/lib/elf_builder.hpp"

#include <gtest/gtest.h>

namespace {

using namespace root;

l4::Result<TaskLayout, TaskError> layout_of(ElfBuilder const& builder)
{
    auto const file = builder.build();
    auto const image = l4::elf::Image::parse(file, l4::elf::Addresses::virtual_);
    EXPECT_TRUE(image);
    return TaskLayout::make(*image);
}

TEST(TaskLayout, PagesHaveTheRightsOfTheirSegment)
{
    ElfBuilder b;
    b.load({.flags = 5, .vaddr = 0x10000000}, "code");
    b.load({.flags = 6, .vaddr = 0x10003008, .memory_size = 0x1800}, "data");
    auto const layout = layout_of(b);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->image(), (Range{0x10000000, 0x10005000}));
    EXPECT_EQ(layout->find(0x10000fff)->rights, l4::Rights::rx);
    EXPECT_EQ(layout->find(0x10000fff)->offset, 0u);
    EXPECT_FALSE(layout->find(0x10001000)) << "a gap";
    EXPECT_EQ(layout->find(0x10004001)->rights, l4::Rights::rw);
    EXPECT_EQ(layout->find(0x10004001)->offset, 0x4000u);
    EXPECT_FALSE(layout->find(0x10005000)) << "the guard page";
    EXPECT_EQ(layout->stack().start, 0x10006000u);
    EXPECT_EQ(layout->find(0x10006000)->offset, 0x5000u) << "no memory behind the guard page";
    EXPECT_EQ(layout->find(0x10009fff)->rights, l4::Rights::rw);
    EXPECT_FALSE(layout->find(0x1000a000));
    EXPECT_FALSE(layout->find(0));
    EXPECT_FALSE(layout->find(~Word{0}));
    EXPECT_EQ(layout->memory_size(), 0x9000u);
}

TEST(TaskLayout, RefusesWhatCannotBe)
{
    EXPECT_EQ(layout_of(ElfBuilder{}.load({.vaddr = 0x1000}, "x")).error(), TaskError::outside_area);
    EXPECT_EQ(layout_of(ElfBuilder{}.load({.vaddr = 0xb0000000}, "x")).error(), TaskError::outside_area);
    EXPECT_EQ(layout_of(ElfBuilder{}.load({.vaddr = 0xaffff000}, "x")).error(), TaskError::outside_area) << "its stack";
    EXPECT_EQ(layout_of(ElfBuilder{}.load({.vaddr = ~0xfffull, .memory_size = 0xfff}, "x")).error(),
              TaskError::outside_area);
    EXPECT_EQ(layout_of(ElfBuilder{}.load({.vaddr = 0x10000000, .memory_size = 0x400001}, "x")).error(),
              TaskError::too_large);
    EXPECT_EQ(layout_of(ElfBuilder{}
                            .load({.vaddr = 0x10000000}, "code")
                            .load({.flags = 6, .vaddr = 0x10000800, .alignment = 0x800}, "data"))
                  .error(),
              TaskError::shared_page);
}

} // namespace
