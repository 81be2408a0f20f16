// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/elf.hpp"

#include "kernel/boot/loader.hpp"
#include "tests/unit/boot/bytes.hpp"
#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <functional>
#include <random>

namespace pecan {
namespace {

/// A file with two segments: code with an entry at 201000, data with bss at 203000.
struct File {
    Elf64_Ehdr header{};
    std::vector<Elf64_Phdr> segments;

    File()
    {
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_ident[EI_VERSION] = EV_CURRENT;
        header.e_type = ET_EXEC;
        header.e_machine = EM_X86_64;
        header.e_version = EV_CURRENT;
        header.e_entry = 0x201000;
        header.e_phoff = sizeof header;
        header.e_ehsize = sizeof header;
        header.e_phentsize = sizeof(Elf64_Phdr);
        header.e_phnum = 3;
        segments.push_back({PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16});
        segments.push_back({PT_LOAD, PF_R | PF_X, 0x400, 0x201000, 0x201000, 0x100, 0x100, 16});
        segments.push_back({PT_LOAD, PF_R | PF_W, 0x500, 0x203000, 0x203000, 0x80, 0x2000, 16});
    }
    Blob bytes() const
    {
        Blob blob;
        append(blob, header);
        for (Elf64_Phdr const& segment : segments) append(blob, segment);
        while (blob.size() < 0x580) blob.push_back(static_cast<unsigned char>(blob.size() * 7));
        return blob;
    }
};

BootResult<ServerImage> parse(Blob const& blob)
{
    ExactBytes const bytes{blob};
    return parse_elf("server", bytes.view());
}

BootFault fault_of(std::function<void(File&)> const& change)
{
    File file;
    change(file);
    auto const result = parse(file.bytes());
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? BootFault{} : result.error().fault;
}

TEST(Elf, a_server)
{
    auto const image = parse(File{}.bytes());
    ASSERT_TRUE(image.has_value());
    EXPECT_EQ(image.value().elf.entry(), 0x201000u);
    ASSERT_EQ(image.value().elf.segments().size(), 2u);
    EXPECT_EQ(image.value().elf.segments()[1].file_offset, 0x500u);
    EXPECT_EQ(image.value().elf.segments()[1].memory.size(), 0x2000u);
    EXPECT_EQ(image.value().range.start, PhysAddr{0x201000});
    EXPECT_EQ(image.value().range.end(), PhysAddr{0x205000});
}

TEST(Elf, every_header_field_is_checked)
{
    using F = BootFault;
    EXPECT_EQ(fault_of([](File& f) { f.header.e_ident[0] = 0; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_ident[EI_CLASS] = ELFCLASS32; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_ident[EI_DATA] = ELFDATA2MSB; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_ident[EI_VERSION] = 0; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_type = ET_DYN; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_type = ET_REL; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_machine = EM_386; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_version = 2; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_ehsize = 52; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_phentsize = 32; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_phnum = 0; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_phnum = 0xffff; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_phoff = ~Word{0}; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_phoff = 0x580 - 3 * 56 + 1; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_entry = 0x203000; }), F::elf_entry_outside);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_entry = 0x201100; }), F::elf_entry_outside);
    EXPECT_EQ(fault_of([](File& f) { f.header.e_entry = 0; }), F::elf_entry_outside);
}

TEST(Elf, every_segment_field_is_checked)
{
    using F = BootFault;
    EXPECT_EQ(fault_of([](File& f) {
                  f.segments[1].p_offset = 0x500;
                  f.segments[1].p_filesz = 0x81;
              }),
              F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[1].p_offset = ~Word{0}; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[1].p_filesz = ~Word{0}; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[1].p_memsz = 0xff; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[2].p_memsz = ~Word{0}; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[2].p_paddr = ~Word{0} - 0x100; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[2].p_paddr = 0x2010ff; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[2].p_paddr = 0x200000; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[1].p_paddr = 0x301000; }), F::elf_entry_outside);
    EXPECT_EQ(fault_of([](File& f) { f.segments[0].p_type = PT_INTERP; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[0].p_type = PT_DYNAMIC; }), F::elf_unusable);
    EXPECT_EQ(fault_of([](File& f) { f.segments[1].p_type = PT_NULL; }), F::elf_entry_outside);
    EXPECT_EQ(fault_of([](File& f) {
                  f.segments.resize(1);
                  for (Word i = 0; i < 17; ++i)
                      f.segments.push_back({PT_LOAD, PF_R | PF_X, 0, 0, 0x201000 + i * 16, 16, 16, 1});
                  f.header.e_phnum = 18;
              }),
              F::elf_unusable);
}

TEST(Elf, truncated_files)
{
    Blob const whole = File{}.bytes();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse({whole.begin(), whole.begin() + static_cast<long>(size)}).has_value()) << size;
}

TEST(Elf, random_damage_never_leads_outside)
{
    std::mt19937 random{7};
    Blob const whole = File{}.bytes();
    int accepted = 0;
    for (int round = 0; round < 50000; ++round) {
        Blob blob = whole;
        for (unsigned i = 0, count = 1 + random() % 3; i < count; ++i) {
            Word const interesting[] = {0, ~Word{0}, Word{1} << 63, random() % 0x600, 0x201000 + random() % 0x3000};
            if (random() % 2 == 0)
                store(blob, random() % (64 + 3 * 56 - 7) & ~Word{7}, interesting[random() % 5]);
            else
                blob[random() % (64 + 3 * 56)] = static_cast<unsigned char>(random());
        }
        auto const result = parse(blob);
        if (!result.has_value()) {
            EXPECT_FALSE(printed(result.error()).empty());
            continue;
        }
        ++accepted;
        ServerImage const image = result.value();
        for (l4::elf::Segment const& segment : image.elf.segments()) {
            EXPECT_LE(segment.file_size, segment.memory.size());
            EXPECT_LE(segment.file_offset, blob.size());
            EXPECT_LE(segment.file_size, blob.size() - segment.file_offset);
            EXPECT_GE(segment.memory.start, image.range.start.raw());
            EXPECT_LE(segment.memory.end - image.range.start.raw(), image.range.size);
        }
        EXPECT_TRUE(image.range.contains(PhysAddr{image.elf.entry()}));
    }
    EXPECT_GT(accepted, 1000); // the damage is not always fatal, or nothing was tested
}

class ElfPlace : public testing::Test {
protected:
    ElfPlace()
    {
        MemoryMap::Entries entries;
        EXPECT_TRUE(entries.add({0x100000, 0x900000, 1}));
        map_.build(entries);
    }
    std::string problem(File const& file)
    {
        auto const image = parse(file.bytes());
        EXPECT_TRUE(image.has_value());
        auto const result = check_place(image.value(), map_, claims_);
        return result.has_value() ? "" : printed(result.error());
    }
    MemoryMap map_;
    Claims claims_;
};

TEST_F(ElfPlace, free_ram_is_fine) { EXPECT_EQ(problem(File{}), ""); }

TEST_F(ElfPlace, what_is_no_ram_is_named)
{
    File file;
    file.segments[2].p_paddr = 0x9ff000;
    EXPECT_EQ(problem(file), "module 'server': its place 009ff000..00a00fff is not free RAM: link it elsewhere "
                             "or add memory");
}

TEST_F(ElfPlace, the_end_of_all_addresses_is_no_ram)
{
    File file;
    file.segments[2].p_memsz = ~Word{0} - 0x203000;
    EXPECT_EQ(problem(file), "module 'server': its place 00203000..ffffffffffffffff is not free RAM: link it elsewhere "
                             "or add memory");
}

TEST_F(ElfPlace, who_is_there_is_named)
{
    claims_.add({PhysAddr{0x204fff}, 1}, "roottask");
    EXPECT_EQ(problem(File{}), "module 'server': its place 00203000..00204fff is not free RAM (roottask is "
                               "there): link it elsewhere or add memory");
}

TEST_F(ElfPlace, gaps_belong_to_the_server)
{
    claims_.add({PhysAddr{0x202000}, 16}, "roottask");
    EXPECT_EQ(problem(File{}), "module 'server': its place 00201000..00204fff is not free RAM (roottask is "
                               "there): link it elsewhere or add memory");
}

TEST(Loader, copies_segments_and_clears_the_rest)
{
    alignas(page_size) static unsigned char memory[4 * page_size];
    std::memset(memory, 0xa5, sizeof memory);
    Word const base = reinterpret_cast<Word>(memory);
    File file;
    file.header.e_entry = base + 0x10;
    file.segments[1].p_paddr = base + 0x10;
    file.segments[2].p_paddr = base + 0x1800;
    file.segments[2].p_memsz = 0x900;
    Blob const blob = file.bytes();
    auto const image = parse_elf("server", ByteView{blob.data(), blob.size()});
    ASSERT_TRUE(image.has_value());
    load(image.value());

    for (std::size_t i = 0; i < sizeof memory; ++i) {
        unsigned char expected = i < 3 * page_size ? 0 : 0xa5;
        if (i >= 0x10 && i < 0x110) expected = blob[0x400 + i - 0x10];
        if (i >= 0x1800 && i < 0x1880) expected = blob[0x500 + i - 0x1800];
        ASSERT_EQ(memory[i], expected) << i;
    }
}

TEST(Loader, modules_are_found_by_name)
{
    Modules modules;
    ASSERT_TRUE(modules.add({"vmlinux", "vmlinux", {PhysAddr{0x1000}, 1}}));
    ASSERT_TRUE(modules.add({"sigma0", "sigma0 x", {PhysAddr{0x2000}, 2}}));
    EXPECT_EQ(find_module(modules, "sigma0").value().range.size, 2u);
    auto const missing = find_module(modules, "roottask");
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(printed(missing.error()), "no module 'roottask': name it in the boot menu (module2 /boot/roottask "
                                        "roottask); GRUB also drops modules where memory is short");
}

} // namespace
} // namespace pecan
