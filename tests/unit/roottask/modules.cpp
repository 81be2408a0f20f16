// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/modules.hpp"

#include <l4/kip.h>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace root;

/// Boot information as the kernel writes it.
std::vector<std::byte> boot_info(std::vector<std::pair<std::string, Range>> const& modules)
{
    std::string bytes(sizeof(l4_boot_info), '\0');
    for (auto const& [command_line, memory] : modules) {
        std::size_t const text_size = (command_line.size() + 8) / 8 * 8;
        l4_boot_module const record{1, 1, sizeof record + text_size, memory.start, memory.size(), sizeof record};
        bytes.append(reinterpret_cast<char const*>(&record), sizeof record);
        std::string text = command_line;
        text.resize(text_size);
        bytes += text;
    }
    l4_boot_info const header{L4_BOOT_INFO_MAGIC, 1, bytes.size(), sizeof header, modules.size(), {}};
    std::memcpy(bytes.data(), &header, sizeof header);
    std::vector<std::byte> result(bytes.size());
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

TEST(Modules, AreKnownByTheFirstWord)
{
    auto const info = boot_info({{"/boot/vmlinux console=hvc0 quiet", {0x7000000, 0x7800000}},
                                 {"initramfs", {0x7800000, 0x7900000}},
                                 {"", {0x1000, 0x2000}}});
    Modules const modules = Modules::parse(info);
    ASSERT_EQ(modules.all().size(), 3u);
    Module const* const linux = modules.find("vmlinux");
    ASSERT_NE(linux, nullptr);
    EXPECT_EQ(linux->arguments, "console=hvc0 quiet");
    EXPECT_EQ(linux->memory, (Range{0x7000000, 0x7800000}));
    EXPECT_EQ(modules.find("initramfs")->arguments, "");
    EXPECT_EQ(modules.find("initram"), nullptr);
}

TEST(Modules, ACopyOfTheRootPointerIsFound)
{
    auto info = boot_info({{"a", {0x1000, 0x2000}}});
    EXPECT_TRUE(Modules::parse(info).acpi_root_pointer().empty());

    l4_boot_rsdp const record{L4_BOOT_RECORD_RSDP, 1, sizeof record + 40, 36};
    std::vector<std::byte> tail(sizeof record + 40);
    std::memcpy(tail.data(), &record, sizeof record);
    tail[sizeof record + 35] = std::byte{7};
    info.insert(info.end(), tail.begin(), tail.end());
    l4_boot_info header;
    std::memcpy(&header, info.data(), sizeof header);
    header.total_size = info.size();
    ++header.record_count;
    std::memcpy(info.data(), &header, sizeof header);
    auto const found = Modules::parse(info).acpi_root_pointer();
    ASSERT_EQ(found.size(), 36u);
    EXPECT_EQ(found[35], std::byte{7});

    // It ends behind the information.
    EXPECT_TRUE(Modules::parse(std::span{info}.first(info.size() - 8)).acpi_root_pointer().empty());
}

TEST(Modules, OtherRecordsAreSkipped)
{
    auto info = boot_info({{"a", {0x1000, 0x2000}}, {"b", {0x2000, 0x3000}}});
    Word const other = 0x102;
    std::memcpy(info.data() + sizeof(l4_boot_info), &other, sizeof other);
    Modules const modules = Modules::parse(info);
    ASSERT_EQ(modules.all().size(), 1u);
    EXPECT_EQ(modules.all()[0].name, "b");
}

TEST(Modules, NonsenseEndsTheList)
{
    auto const good = boot_info({{"a", {0x1000, 0x2000}}, {"b", {0x2000, 0x3000}}});
    auto const count = [&](std::size_t at, Word value) {
        auto info = good;
        std::memcpy(info.data() + at, &value, sizeof value);
        return Modules::parse(info).all().size();
    };
    std::size_t const first = sizeof(l4_boot_info);
    EXPECT_EQ(count(0, 1), 0u); // magic
    EXPECT_EQ(count(offsetof(l4_boot_info, first_record), ~Word{0}), 0u);
    EXPECT_EQ(count(offsetof(l4_boot_info, first_record), ~Word{0} - 20), 0u);
    EXPECT_EQ(count(offsetof(l4_boot_info, record_count), ~Word{0}), 2u);
    EXPECT_EQ(count(first + offsetof(l4_boot_module, next), 0), 1u);
    EXPECT_EQ(count(first + offsetof(l4_boot_module, next), ~Word{0}), 1u);
    EXPECT_EQ(count(first + offsetof(l4_boot_module, size), ~Word{0}), 0u);
    EXPECT_EQ(count(first + offsetof(l4_boot_module, command_line), ~Word{0}), 2u);
}

TEST(Modules, EveryTruncationIsSurvived)
{
    auto const good = boot_info({{"alpha beta", {0x1000, 0x2000}}, {"gamma", {0x2000, 0x3000}}});
    for (std::size_t size = 0; size <= good.size(); ++size) {
        std::vector<std::byte> const cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_LE(Modules::parse(cut).all().size(), 2u);
    }
}

TEST(Modules, RandomDamageIsSurvived)
{
    auto const good = boot_info({{"alpha beta", {0x1000, 0x2000}}, {"gamma", {0x2000, 0x3000}}});
    std::mt19937 random{3};
    for (unsigned round = 0; round < 20'000; ++round) {
        auto info = good;
        for (unsigned i = 0; i < 4; ++i) info[random() % info.size()] = static_cast<std::byte>(random());
        Modules const modules = Modules::parse(info);
        for (Module const& module : modules.all()) ASSERT_LE(module.name.size() + module.arguments.size(), info.size());
    }
}

} // namespace
