// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/command_line.hpp"

#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pecan {
namespace {

std::vector<std::string> words(Text line)
{
    std::vector<std::string> result;
    for (Text word : Words{line}) result.push_back(str(word));
    return result;
}

TEST(Words, are_apart_by_blanks)
{
    EXPECT_EQ(words("a bc  d\te\n"), (std::vector<std::string>{"a", "bc", "d", "e"}));
    EXPECT_TRUE(words("").empty());
    EXPECT_TRUE(words(" \t ").empty());
    EXPECT_EQ(words("x"), (std::vector<std::string>{"x"}));
}

TEST(Words, need_no_terminator)
{
    char const line[] = {'a', ' ', 'b'};
    EXPECT_EQ(words({line, 3}), (std::vector<std::string>{"a", "b"}));
}

TEST(CommandLine, module_names_have_no_folders)
{
    EXPECT_EQ(str(module_name("/boot/x/sigma0 a/b")), "sigma0");
    EXPECT_EQ(str(module_name("sigma0")), "sigma0");
    EXPECT_EQ(str(module_name("boot/")), "");
    EXPECT_EQ(str(module_name("")), "");
}

TEST(CommandLine, the_last_value_holds)
{
    EXPECT_EQ(str(value_of("serial=1 xserial=3 serial=2", "serial")), "2");
    EXPECT_EQ(str(value_of("serial", "serial")), "");
    EXPECT_EQ(str(value_of("serial= x", "serial")), "");
    EXPECT_TRUE(has_word("a serial", "serial"));
    EXPECT_FALSE(has_word("serial=1", "serial"));
}

} // namespace
} // namespace pecan
