// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/multiboot.hpp"

#include "tests/unit/boot/bytes.hpp"
#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pecan {
namespace {

/// Writes information as a boot loader does.
class InfoWriter {
public:
    InfoWriter() { append(blob_, Word{0}); }

    InfoWriter& tag(std::uint32_t type, Blob const& contents)
    {
        append(blob_, type);
        append(blob_, static_cast<std::uint32_t>(8 + contents.size()));
        blob_.insert(blob_.end(), contents.begin(), contents.end());
        while (blob_.size() % 8 != 0) blob_.push_back(0);
        return *this;
    }
    InfoWriter& text(std::uint32_t type, std::string const& text)
    {
        Blob contents{text.begin(), text.end()};
        contents.push_back(0);
        return tag(type, contents);
    }
    InfoWriter& module(std::uint32_t start, std::uint32_t end, std::string const& line)
    {
        Blob contents;
        append(contents, start);
        append(contents, end);
        contents.insert(contents.end(), line.begin(), line.end());
        contents.push_back(0);
        return tag(3, contents);
    }
    InfoWriter& memory(std::vector<FirmwareRegion> const& regions, std::uint32_t entry_size = 24)
    {
        Blob contents;
        append(contents, entry_size);
        append(contents, std::uint32_t{0});
        for (FirmwareRegion const& region : regions) {
            append(contents, region.start);
            append(contents, region.size);
            append(contents, region.type);
            contents.resize(contents.size() + entry_size - 20);
        }
        return tag(6, contents);
    }
    Blob finish()
    {
        tag(0, {});
        store(blob_, 0, static_cast<std::uint32_t>(blob_.size()));
        return blob_;
    }

private:
    Blob blob_;
};

Blob typical()
{
    return InfoWriter{}
        .text(1, "the kernel's own")
        .tag(21, Blob(4))
        .module(0x200000, 0x234567, "sigma0")
        .module(0x300000, 0x300000, "/boot/roottask linux=vmlinux")
        .memory({{0, 0x9fc00, 1}, {0x100000, 0x7f00000, 1}, {0xfffc0000, 0x40000, 2}})
        .tag(14, Blob(20, 'o'))
        .tag(15, Blob(36, 'n'))
        .finish();
}

TEST(Multiboot, typical_information)
{
    ExactBytes const info{typical()};
    BootRequest request;
    ASSERT_TRUE(parse_multiboot(info.view(), request).has_value());
    ASSERT_EQ(request.modules.size(), 2u);
    EXPECT_EQ(str(request.modules[0].name), "sigma0");
    EXPECT_EQ(request.modules[0].range.start, PhysAddr{0x200000});
    EXPECT_EQ(request.modules[0].range.size, 0x34567u);
    EXPECT_EQ(str(request.modules[1].name), "roottask");
    EXPECT_EQ(str(request.modules[1].command_line), "/boot/roottask linux=vmlinux");
    ASSERT_EQ(request.regions.size(), 3u);
    EXPECT_EQ(request.regions[2].start, 0xfffc0000u);
    EXPECT_EQ(request.regions[2].type, 2u);
    ASSERT_EQ(request.rsdp.size(), 36u);
    EXPECT_EQ(request.rsdp.data()[0], 'n');
}

TEST(Multiboot, the_newer_root_pointer_wins_whatever_the_order)
{
    ExactBytes const info{InfoWriter{}.tag(15, Blob(36, 'n')).tag(14, Blob(20, 'o')).memory({{0, 4096, 1}}).finish()};
    BootRequest request;
    ASSERT_TRUE(parse_multiboot(info.view(), request).has_value());
    EXPECT_EQ(request.rsdp.size(), 36u);
}

TEST(Multiboot, longer_memory_map_entries_are_understood)
{
    ExactBytes const info{InfoWriter{}.memory({{0, 0x9fc00, 1}, {0x100000, 0x100000, 1}}, 32).finish()};
    BootRequest request;
    ASSERT_TRUE(parse_multiboot(info.view(), request).has_value());
    ASSERT_EQ(request.regions.size(), 2u);
    EXPECT_EQ(request.regions[1].start, 0x100000u);
}

TEST(Multiboot, module_names_have_no_folders)
{
    EXPECT_EQ(str(module_name("/boot/x/sigma0 a/b")), "sigma0");
    EXPECT_EQ(str(module_name("/boot/sigma0 verbose")), "sigma0");
    EXPECT_EQ(str(module_name(" \tsigma0\n")), "sigma0");
    EXPECT_EQ(str(module_name("boot/")), "");
    EXPECT_EQ(str(module_name(" ")), "");
    EXPECT_EQ(str(module_name("")), "");
    char const line[] = {'a', 'b'}; // needs no terminator
    EXPECT_EQ(str(module_name({line, 2})), "ab");
}

BootFault fault_of(Blob const& blob)
{
    ExactBytes const info{blob};
    BootRequest request;
    auto const result = parse_multiboot(info.view(), request);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? BootFault{} : result.error().fault;
}

TEST(Multiboot, every_truncation_is_noticed)
{
    Blob const whole = typical();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Blob blob{whole.begin(), whole.begin() + static_cast<long>(size)};
        EXPECT_EQ(fault_of(blob), BootFault::info_damaged) << size; // the header still tells the whole size
        if (size < 8) continue;
        store(blob, 0, static_cast<std::uint32_t>(size));
        EXPECT_EQ(fault_of(blob), BootFault::info_damaged) << size; // the end tag is missing
    }
}

TEST(Multiboot, damaged_tags)
{
    Blob blob = typical();
    store(blob, 12, std::uint32_t{7}); // a tag smaller than its own header
    EXPECT_EQ(fault_of(blob), BootFault::info_damaged);
    store(blob, 12, std::uint32_t{0});
    EXPECT_EQ(fault_of(blob), BootFault::info_damaged);
    store(blob, 12, ~std::uint32_t{0});
    EXPECT_EQ(fault_of(blob), BootFault::info_damaged);
    EXPECT_EQ(fault_of(InfoWriter{}.module(2, 1, "x").memory({{0, 4096, 1}}).finish()), BootFault::info_damaged);
    EXPECT_EQ(fault_of(InfoWriter{}.tag(3, Blob(8)).memory({{0, 4096, 1}}).finish()), BootFault::info_damaged);
    EXPECT_EQ(fault_of(InfoWriter{}.tag(3, Blob(12, 'x')).memory({{0, 4096, 1}}).finish()), BootFault::info_damaged);
    EXPECT_EQ(fault_of(InfoWriter{}.memory({{0, 4096, 1}}, 20).finish()), BootFault::info_damaged);
    EXPECT_EQ(fault_of(InfoWriter{}.tag(6, Blob(8)).finish()), BootFault::info_damaged);
}

TEST(Multiboot, limits_are_errors)
{
    InfoWriter modules;
    for (int i = 0; i < 33; ++i) modules.module(0, 0, "m");
    EXPECT_EQ(fault_of(modules.finish()), BootFault::too_many_modules);
    EXPECT_EQ(fault_of(InfoWriter{}.memory(std::vector<FirmwareRegion>(129)).finish()), BootFault::too_many_regions);
    EXPECT_EQ(fault_of(InfoWriter{}.text(1, "x").finish()), BootFault::no_memory_map);
}

TEST(Multiboot, random_damage_never_leads_outside)
{
    std::mt19937 random{2026};
    Blob const whole = typical();
    for (int round = 0; round < 20000; ++round) {
        Blob blob = whole;
        for (unsigned i = 0, count = 1 + random() % 4; i < count; ++i)
            blob[random() % blob.size()] = static_cast<unsigned char>(random() % 3 == 0 ? random() : random() % 40);
        ExactBytes const info{blob};
        BootRequest request;
        (void)parse_multiboot(info.view(), request);
        for (Module const& module : request.modules)
            EXPECT_TRUE(info.contains(module.command_line) && info.contains(module.name));
    }
}

TEST(MultibootCopy, takes_what_fits)
{
    auto copy = std::make_unique<MultibootCopy>();
    Blob blob = typical();
    auto const view = copy->take(blob.data());
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view.value().size(), blob.size());
    EXPECT_EQ(std::memcmp(view.value().data(), blob.data(), blob.size()), 0);
    EXPECT_NE(view.value().data(), blob.data());

    store(blob, 0, static_cast<std::uint32_t>(MultibootCopy::capacity + 1));
    auto const refused = copy->take(blob.data());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().fault, BootFault::info_too_large);
    EXPECT_EQ(printed(refused.error()), "the boot loader's information takes 32769 B, the kernel holds 32 KiB: load "
                                        "fewer modules or shorten their command lines");
}

} // namespace
} // namespace pecan
