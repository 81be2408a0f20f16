// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/kip.hpp"

#include "kernel/boot/boot_tables.hpp"
#include "kernel/boot/start.hpp"
#include "tests/unit/boot/bytes.hpp"
#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

class Kip : public testing::Test {
protected:
    Kip()
    {
        std::memset(page_, 0xa5, sizeof page_);
        (void)start_kip(page_);
    }
    Word word(Word offset) const
    {
        Word value;
        std::memcpy(&value, page_ + offset, sizeof value);
        return value;
    }
    Word descriptors() const { return word(0xa8) & 0xffffffff; }
    l4_kip_memory_desc descriptor(Word i) const
    {
        Word const at = (word(0xa8) >> 32) + i * 16;
        return {word(at), word(at + 8)};
    }
    MemoryMap map_with(unsigned regions)
    {
        MemoryMap::Entries entries;
        for (unsigned i = 0; i < regions; ++i) EXPECT_TRUE(entries.add({i * 0x10000, 0x8000, 1 + i % 5}));
        MemoryMap map;
        map.build(entries);
        return map;
    }

    alignas(page_size) unsigned char page_[page_size];
    l4_kip& kip_ = *reinterpret_cast<l4_kip*>(page_);
};

TEST_F(Kip, fixed_fields_stand_where_x2_puts_them)
{
    EXPECT_EQ(std::memcmp(page_, "L4\xe6K\0\0\0\0", 8), 0);
    EXPECT_EQ(word(0x08), 0x84050000u);
    EXPECT_EQ(word(0x10), 4u);
    EXPECT_EQ(word(0x150), 0xc2801u);
    EXPECT_EQ(word(0x158), 12u);
    EXPECT_EQ(word(0x178), 0x240u);
    EXPECT_EQ(word(0x188), Word{64} << 20 | 32 << 8 | 18);
    EXPECT_EQ(word(0x190), 0x201007u);
    EXPECT_EQ(word(0x198), Word{5} << 60);
    for (Word offset = 0x20; offset < 0xa8; offset += 8) EXPECT_EQ(word(offset), 0u) << offset;
    for (Word offset = 0xb0; offset < 0x150; offset += 8) EXPECT_EQ(word(offset), 0u) << offset;
}

TEST_F(Kip, link_words_are_absolute)
{
    Word const offsets[] = {0x1a0, 0x1a8, 0x1b0, 0x1b8, 0x1c0, 0x1c8, 0x1d0, 0x1d8, 0x1e0, 0x1e8, 0x1f0, 0x220};
    Word stub = 0xffff807fffe02000;
    for (Word offset : offsets) {
        EXPECT_EQ(word(offset), stub) << offset;
        stub += 64;
    }
    EXPECT_EQ(word(0x228), 0u);
}

TEST_F(Kip, kernel_description)
{
    Word const at = word(0x18);
    EXPECT_EQ(word(at) >> 24, 6u);
    EXPECT_EQ(word(at + 0x10), 0x10000u); // 0.1
    EXPECT_EQ(std::memcmp(page_ + at + 0x18, "PCAN\0\0\0\0", 8), 0);
    char const* string = reinterpret_cast<char const*>(page_ + at + 0x20);
    EXPECT_STREQ(string, "Pecan 0.1");
    string += std::strlen(string) + 1;
    EXPECT_STREQ(string, "ioflexpages");
    string += std::strlen(string) + 1;
    EXPECT_STREQ(string, ""); // the end of the list
}

TEST_F(Kip, server_boxes)
{
    kip_.sigma0 = kip_server({VirtAddr{0x201000}, {PhysAddr{0x200000}, 0x5000}});
    kip_.root_server = kip_server({VirtAddr{0x401234}, {PhysAddr{0x400000}, 0x7000}});
    kip_.boot_info = 0x7000000;
    EXPECT_EQ(word(0x40), 0u);
    EXPECT_EQ(word(0x48), 0x201000u);
    EXPECT_EQ(word(0x50), 0x200000u);
    EXPECT_EQ(word(0x58), 0x205000u);
    EXPECT_EQ(word(0x78), 0u); // no sigma1
    EXPECT_EQ(word(0x88), 0x401234u);
    EXPECT_EQ(word(0x98), 0x407000u);
    EXPECT_EQ(word(0x170), 0x7000000u);
}

TEST_F(Kip, memory_in_the_reference_kernels_order)
{
    ASSERT_TRUE(add_firmware_memory(kip_, map_with(3)).has_value());
    add_kip_memory(kip_, {PhysAddr{0x1000000}, 0x1000000}, L4_MEMORY_RESERVED);
    add_kip_memory(kip_, {PhysAddr{0x1000}, 0}, L4_MEMORY_MODULE); // nothing: no descriptor
    add_user_addresses(kip_, VirtAddr{0x7fffffffefff});
    ASSERT_EQ(descriptors(), 8u);
    EXPECT_EQ(descriptor(0).low, L4_MEMORY_SHARED);
    EXPECT_EQ(descriptor(0).high, ~Word{0x3ff});
    EXPECT_EQ(descriptor(1).low, L4_MEMORY_CONVENTIONAL);
    EXPECT_EQ(descriptor(1).high, 0x7c00u);
    EXPECT_EQ(descriptor(2).low, 0x10000u | 0x2f);
    EXPECT_EQ(descriptor(3).low, 0x20000u | 0x3f);
    EXPECT_EQ(descriptor(4).low, 0xa0000u | L4_MEMORY_SHARED);
    EXPECT_EQ(descriptor(5).high, 0xefc00u);
    EXPECT_EQ(descriptor(6).low, 0x1000000u | L4_MEMORY_RESERVED);
    EXPECT_EQ(descriptor(6).high, 0x1fffc00u);
    EXPECT_EQ(descriptor(7).low, 0x200u | L4_MEMORY_CONVENTIONAL);
    EXPECT_TRUE(L4_MEMORY_IS_VIRTUAL(descriptor(7)));
}

TEST_F(Kip, no_virtual_memory_is_reserved)
{
    // The classic headers take a reserved virtual range for a trace buffer and read it.
    ASSERT_TRUE(add_firmware_memory(kip_, map_with(20)).has_value());
    add_user_addresses(kip_, VirtAddr{0x7fffffffefff});
    for (Word i = 0; i < descriptors(); ++i)
        EXPECT_FALSE(L4_MEMORY_IS_VIRTUAL(descriptor(i)) && L4_MEMORY_TYPE(descriptor(i)) == L4_MEMORY_RESERVED);
}

TEST_F(Kip, a_map_that_leaves_no_room_is_refused)
{
    auto const result = add_firmware_memory(kip_, map_with(120));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().fault, BootFault::too_many_regions);

    ASSERT_TRUE(add_firmware_memory(kip_, map_with(100)).has_value());
    Word const most = (page_size - (word(0xa8) >> 32)) / 16;
    while (descriptors() < most) add_kip_memory(kip_, {PhysAddr{0}, 1}, L4_MEMORY_RESERVED);
    EXPECT_DEATH(add_kip_memory(kip_, {PhysAddr{0}, 1}, L4_MEMORY_RESERVED), "assertion failed");
}

TEST_F(Kip, frequencies_come_later)
{
    EXPECT_EQ(word(0x240), 0u);
    set_kip_frequency(kip_, 1, 1000000, 2450000);
    EXPECT_EQ(word(0x260), 1000000u);
    EXPECT_EQ(word(0x268), 2450000u);
    EXPECT_DEATH(set_kip_frequency(kip_, 16, 1, 1), "assertion failed");
}

TEST(BootTables, records_follow_each_other)
{
    Modules modules;
    ASSERT_TRUE(modules.add({"vmlinux", "vmlinux root=/dev/ram0", {PhysAddr{0x7000000}, 123}}));
    ASSERT_TRUE(modules.add({"", "", {PhysAddr{0x8000000}, 0}}));
    ASSERT_TRUE(modules.add({"x", "x", {PhysAddr{0x9000000}, 5}}));
    unsigned char const root_pointer[36] = {'R', 'S', 'D'};
    ByteView const rsdp{root_pointer, sizeof root_pointer};
    Word const size = boot_tables_size(modules, rsdp);
    EXPECT_EQ(size, page_size);
    Blob tables(size, 0xa5);
    write_boot_tables(tables.data(), modules, rsdp);

    ByteView const view{tables.data(), tables.size()};
    l4_boot_info info;
    ASSERT_TRUE(view.read(0, info));
    EXPECT_EQ(info.magic, L4_BOOT_INFO_MAGIC);
    EXPECT_EQ(info.version, 1u);
    EXPECT_EQ(info.record_count, 4u);
    Word at = info.first_record;
    for (Module const& module : modules) {
        l4_boot_module record;
        ASSERT_TRUE(view.read(at, record));
        EXPECT_EQ(record.type, L4_BOOT_RECORD_MODULE);
        EXPECT_EQ(record.start, module.range.start.raw());
        EXPECT_EQ(record.size, module.range.size);
        EXPECT_EQ(str(view.part(at + record.command_line, size).text()), str(module.command_line));
        EXPECT_TRUE(is_aligned(record.next, sizeof(Word)));
        at += record.next;
    }
    l4_boot_rsdp last;
    ASSERT_TRUE(view.read(at, last));
    EXPECT_EQ(last.type, L4_BOOT_RECORD_RSDP);
    EXPECT_EQ(last.size, sizeof root_pointer);
    EXPECT_EQ(std::memcmp(tables.data() + at + sizeof last, root_pointer, sizeof root_pointer), 0);
    at += last.next;
    EXPECT_EQ(at, info.total_size);
    for (Word i = at; i < size; ++i) EXPECT_EQ(tables[i], 0) << i;
}

TEST(BootTables, many_modules_take_more_pages)
{
    std::string const line(3000, 'a');
    Modules modules;
    for (int i = 0; i < 32; ++i) ASSERT_TRUE(modules.add({"m", {line.data(), line.size()}, {}}));
    ByteView const rsdp{};
    EXPECT_EQ(boot_tables_size(modules, rsdp), align_up(64 + 32 * (48 + 3008), page_size));
    Blob tables(boot_tables_size(modules, rsdp));
    write_boot_tables(tables.data(), modules, rsdp);
}

} // namespace
} // namespace pecan
