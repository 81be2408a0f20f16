// SPDX-License-Identifier: BSD-2-Clause
#include <l4/format.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

template <typename... Args>
std::string text(std::string_view pattern, Args const&... args)
{
    l4::Line<100> const line{pattern, args...};
    return std::string{line.view()};
}

TEST(Format, Numbers)
{
    EXPECT_EQ(text("{} {x} {8x} {3}", 10, 0xabcul, 0x1f, 7), "10 abc 0000001f 007");
    EXPECT_EQ(text("{}", -5), "-5");
    EXPECT_EQ(text("{}", std::numeric_limits<long>::min()), "-9223372036854775808");
    EXPECT_EQ(text("{}", ~0ul), "18446744073709551615");
    EXPECT_EQ(text("{}", std::uint8_t{65}), "65");
}

TEST(Format, Texts)
{
    EXPECT_EQ(text("a {} {} {}", "b", std::string_view{"c"}, 'd'), "a b c d");
    EXPECT_EQ(text("{{}"), "{}");
}

TEST(Format, MistakesShow)
{
    EXPECT_EQ(text("{} {}", 1), "1 {?}");
    EXPECT_EQ(text("{}", 1, 2), "1");
    EXPECT_EQ(text("open {", 1), "open {");
    EXPECT_EQ(text("{q}", 1), "1");
}

TEST(Format, StopsAtTheEndOfTheBuffer)
{
    char buffer[6] = {'#', '#', '#', '#', '#', '#'};
    EXPECT_EQ(l4::format(buffer, 4, "{}{}", {123, 456}), "1234");
    EXPECT_EQ(buffer[4], '#');
    EXPECT_EQ(l4::format(buffer, 0, "abc", {}), "");
    EXPECT_EQ(l4::format(buffer, 3, "{99999999999}", {1}), "000");
}

} // namespace
