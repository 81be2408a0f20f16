// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/config.hpp"
#include "roottask/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace root;

std::string wrong_word(std::string_view text)
{
    auto const config = Config::parse(text);
    if (config) return "no error";
    EXPECT_NE(std::string_view{config.error().legal}, "") << text;
    EXPECT_NE(std::string_view{config.error().problem}, "") << text;
    return std::string{config.error().word};
}

TEST(Config, NothingIsAllowed)
{
    auto const config = Config::parse("");
    ASSERT_TRUE(config);
    EXPECT_TRUE(config->linux_servers().empty());
    EXPECT_TRUE(config->tasks().empty());
    EXPECT_EQ(config->console(), ConsolePort::com1);
}

TEST(Config, EverythingAtOnce)
{
    auto const config = Config::parse(
        "  linux=vmlinux,mem=256M,initrd=initramfs,quota=16M task=clock  task=pingpong*2,ports=70-71,irq=8 "
        "console=com2 on-death=restart ");
    ASSERT_TRUE(config);
    ASSERT_EQ(config->linux_servers().size(), 1u);
    LinuxConfig const& linux = config->linux_servers()[0];
    EXPECT_EQ(linux.module, "vmlinux");
    EXPECT_EQ(linux.memory, 256 * l4::mebi);
    EXPECT_EQ(linux.initrd, "initramfs");
    EXPECT_EQ(linux.quota, 16 * l4::mebi);
    EXPECT_EQ(config->restarts(linux), 5u) << "also when it stands behind";
    ASSERT_EQ(config->tasks().size(), 2u);
    EXPECT_EQ(config->tasks()[0].instances, 1u);
    EXPECT_EQ(config->tasks()[1].module, "pingpong");
    EXPECT_EQ(config->tasks()[1].instances, 2u);
    EXPECT_TRUE(config->tasks()[0].ports.is_empty());
    EXPECT_FALSE(config->tasks()[0].interrupt);
    EXPECT_EQ(config->tasks()[1].ports, (l4::Range{0x70, 0x72}));
    EXPECT_EQ(config->tasks()[1].interrupt, 8u);
    EXPECT_EQ(config->console(), ConsolePort::com2);
}

TEST(Config, AServersOwnEndCounts)
{
    auto const config = Config::parse("linux=a,on-death=leave linux=b,mem=auto on-death=restart*20");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->restarts(config->linux_servers()[0]), 0u);
    EXPECT_EQ(config->restarts(config->linux_servers()[1]), 20u);
    EXPECT_FALSE(config->linux_servers()[1].memory);
}

TEST(Config, NonsenseIsNamed)
{
    EXPECT_EQ(wrong_word("linux=vmlinux linx=v"), "linx=v");
    EXPECT_EQ(wrong_word("hello"), "hello");
    EXPECT_EQ(wrong_word("=x"), "=x");
    EXPECT_EQ(wrong_word("console=com9"), "console=com9");
    EXPECT_EQ(wrong_word("console"), "console");
    EXPECT_EQ(wrong_word("on-death=explode"), "on-death=explode");
    EXPECT_EQ(wrong_word("linux="), "linux=");
    EXPECT_EQ(wrong_word("linux=,mem=1G"), "linux=");
    EXPECT_EQ(wrong_word("linux=v,mem=lots"), "mem=lots");
    EXPECT_EQ(wrong_word("linux=v,mem=0"), "mem=0");
    EXPECT_EQ(wrong_word("linux=v,mem="), "mem=");
    EXPECT_EQ(wrong_word("linux=v,mem=99999999999999999999G"), "mem=99999999999999999999G");
    EXPECT_EQ(wrong_word("linux=v,mem=99999999999999G"), "mem=99999999999999G");
    EXPECT_EQ(wrong_word("linux=v,initrd="), "initrd=");
    EXPECT_EQ(wrong_word("linux=v,quota=K"), "quota=K");
    EXPECT_EQ(wrong_word("linux=v,speed=9"), "speed=9");
    EXPECT_EQ(wrong_word("linux=v,on-death=x"), "on-death=x");
    for (char const* end : {"on-death=restart*", "on-death=restart*0", "on-death=restart*1001", "on-death=leave*2"})
        EXPECT_EQ(wrong_word(end), end);
    EXPECT_EQ(wrong_word("task="), "task=");
    EXPECT_EQ(wrong_word("task=a*0"), "a*0");
    EXPECT_EQ(wrong_word("task=a*5"), "a*5");
    EXPECT_EQ(wrong_word("task=a*"), "a*");
    EXPECT_EQ(wrong_word("task=a*2*2"), "a*2*2");
    EXPECT_EQ(wrong_word("task=a*2,ports=70-6f"), "ports=70-6f");
    EXPECT_EQ(wrong_word("task=a,ports="), "ports=");
    EXPECT_EQ(wrong_word("task=a,ports=0-10000"), "ports=0-10000");
    EXPECT_EQ(wrong_word("task=a,irq=x"), "irq=x");
    EXPECT_EQ(wrong_word("task=a,irq=256"), "irq=256");
    EXPECT_EQ(wrong_word("task=a,disk=1"), "disk=1");
    EXPECT_EQ(wrong_word("linux=a linux=b linux=c linux=d linux=e"), "e");
    EXPECT_EQ(wrong_word("task=a task=a task=a task=a task=a task=a task=a task=a task=i"), "i");
}

TEST(Text, Sizes)
{
    EXPECT_EQ(parse_size("5"), 5u);
    EXPECT_EQ(parse_size("4K"), 4096u);
    EXPECT_EQ(parse_size("18446744073709551615"), ~0ul);
    EXPECT_FALSE(parse_size("18446744073709551616"));
    EXPECT_EQ(parse_size("17179869183G"), 17179869183ul << 30);
    EXPECT_FALSE(parse_size("17179869184G"));
    for (char const* text : {"", "K", "-1", "1k", "1MM", "0x10", " 1"}) EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Text, Words)
{
    std::string_view text = "  a  bc ";
    EXPECT_EQ(take_word(text), "a");
    EXPECT_EQ(take_word(text), "bc");
    EXPECT_EQ(take_word(text), "");
    EXPECT_EQ(take_word(text), "");
}

} // namespace
