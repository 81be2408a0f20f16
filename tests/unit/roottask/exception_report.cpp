// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/exception_report.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(ExceptionReport, NamesRegistersByTheManualsOrder)
{
    l4::Message message{l4::protocol::exception};
    for (l4::Word i = 1; i <= 20; ++i) message.word(i == 19 ? 14 : i << 4);
    root::ExceptionReport const report{message};
    char buffer[120];
    auto const line = [&](unsigned n) { return std::string{report.line(n, buffer, sizeof buffer)}; };
    EXPECT_EQ(line(0), "exception 14 (page fault), error code 140");
    EXPECT_EQ(line(1), "  rip 0000000000000010  rsp 0000000000000110  rflags 0000000000000120");
    EXPECT_EQ(line(2), "  rax 0000000000000080  rbx 0000000000000020  rcx 0000000000000090");
    EXPECT_EQ(line(4), "  rbp 00000000000000d0  r8 00000000000000e0  r9 00000000000000f0");
    EXPECT_EQ(line(7), "");
    EXPECT_STREQ(root::exception_name(99), "unknown exception");
}

} // namespace
