// SPDX-License-Identifier: BSD-2-Clause
#include "tests/system/harness/check.hpp"

#include <algorithm>

namespace test {

namespace {

/// Text that stops growing when it is full.
template <std::size_t N>
class Text {
public:
    void clear() { used_ = 0; }
    void add_line(std::string_view line)
    {
        if (line.size() + 1 > N - used_) return;
        std::copy(line.begin(), line.end(), bytes_ + used_);
        used_ += line.size();
        bytes_[used_++] = '\n';
    }
    std::string_view view() const { return {bytes_, used_}; }

private:
    char bytes_[N]{};
    std::size_t used_ = 0;
};

constinit bool failed = false;
constinit Text<1200> failure_text{};
constinit Text<800> note_text{};

} // namespace

bool check(bool holds, char const* text, char const* file, int line)
{
    if (!holds) fail(l4::Line<240>{"{}:{}: does not hold: {}", file, line, text}.view());
    return holds;
}

bool check_equal(Word actual, Word expected, char const* text, char const* file, int line)
{
    if (actual == expected) return true;
    fail(l4::Line<240>{"{}:{}: {} is {x}, expected {x}", file, line, text, actual, expected}.view());
    return false;
}

void note(std::string_view text) { note_text.add_line(text); }

void begin_verdict()
{
    failed = false;
    failure_text.clear();
    note_text.clear();
}

void fail(std::string_view why)
{
    failed = true;
    failure_text.add_line(why);
}

bool has_failed() { return failed; }
std::string_view failures() { return failure_text.view(); }
std::string_view notes() { return note_text.view(); }

} // namespace test
