// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/cpu_check.hpp"

#include "tests/unit/host/text.hpp"

#include <gtest/gtest.h>

namespace pecan {
namespace {

constexpr std::uint32_t all = ~std::uint32_t{0};

TEST(CpuCheck, a_cpu_with_everything)
{
    TextPrinter out;
    EXPECT_TRUE(check_cpu({all, all, all, all, all, 0, 0}, out.printer()));
    EXPECT_EQ(out.text().find("missing"), std::string::npos);
    EXPECT_NE(out.text().find("SMEP"), std::string::npos);
}

TEST(CpuCheck, what_is_missing_is_named_with_the_remedy)
{
    TextPrinter out;
    EXPECT_FALSE(check_cpu({all & ~(1u << 26), all, all & ~1u, all, all, 0, 0}, out.printer()));
    EXPECT_NE(out.text().find("missing: XSAVE"), std::string::npos);
    EXPECT_NE(out.text().find("missing: FSGSBASE"), std::string::npos);
    EXPECT_NE(out.text().find("-cpu max"), std::string::npos);
    EXPECT_EQ(out.text().find("missing: NX"), std::string::npos);
}

TEST(CpuCheck, some_features_are_only_good_to_have)
{
    TextPrinter out;
    EXPECT_TRUE(check_cpu({all & ~(1u << 24), all, all & ~(1u << 7), all & ~(1u << 26), 0, 0, 0}, out.printer()));
    EXPECT_EQ(out.text().find("SMEP"), std::string::npos);
}

TEST(CpuCheck, meltdown_is_told)
{
    constexpr std::uint32_t intel = 0x6c65746e, amd = 0x444d4163, rdcl_no = 1;
    auto const says_so = [](std::uint32_t vendor, std::uint32_t capabilities) {
        TextPrinter out;
        EXPECT_TRUE(check_cpu({all, all, all, all, all, vendor, capabilities}, out.printer()));
        return out.text().find("Meltdown") != std::string::npos;
    };
    EXPECT_TRUE(says_so(intel, 0));
    EXPECT_TRUE(says_so(intel, ~rdcl_no));
    EXPECT_FALSE(says_so(intel, rdcl_no));
    EXPECT_FALSE(says_so(amd, 0));
}

} // namespace
} // namespace pecan
