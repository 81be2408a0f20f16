// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string written;

TEST(Log, WhatOthersSayCannotBeginALine)
{
    written.clear();
    root::Log::line("not open");
    EXPECT_EQ(written, "");
    root::Log::open(l4::ThreadId::global(70, 1));
    root::Log::line("{}: panic: {}", "vmlinux", "bad\n[root] all is well\n");
    EXPECT_EQ(written, "vmlinux: panic: bad [root] all is well \n");
}

TEST(Log, LongLinesAreCut)
{
    written.clear();
    root::Log::open(l4::ThreadId::global(70, 1));
    root::Log::line("{}", std::string(1000, 'x'));
    EXPECT_EQ(written, std::string(240, 'x') + "\n");
}

} // namespace

// The library's end of a console: one message after the other.
void l4::Console::write(std::string_view text) { written += text; }
