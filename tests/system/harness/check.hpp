// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_CHECK_HPP
#define TESTS_SYSTEM_CHECK_HPP

#include <l4/format.hpp>
#include <l4/fpage.hpp>
#include <l4/message.hpp>
#include <l4/thread_id.hpp>
#include <l4/time.hpp>

#include <span>
#include <string_view>

/// Cases, and what they say about what they see.
namespace test {

using l4::Word;

/// One rule, tried. The name says what holds, the rule names the section of the X.2 manual which says so.
struct Case {
    std::string_view name;
    std::string_view rule;
    void (*run)();
    Word seconds = 10; ///< more than that is a failure
};

struct Group {
    std::string_view name;
    std::span<Case const> cases;
};

/// What a check compares.
constexpr Word word(Word value) { return value; }
constexpr Word word(int value) { return static_cast<Word>(value); }
constexpr Word word(unsigned value) { return value; }
constexpr Word word(bool value) { return value ? 1 : 0; }
constexpr Word word(l4::ThreadId id) { return id.raw(); }
constexpr Word word(l4::Fpage page) { return page.raw(); }
constexpr Word word(l4::Rights rights) { return static_cast<Word>(rights); }
constexpr Word word(l4::MsgTag tag) { return tag.raw(); }
inline Word word(void const* pointer) { return reinterpret_cast<Word>(pointer); }

/// False, and the case has failed, if the condition does not hold.
bool check(bool holds, char const* text, char const* file, int line);
bool check_equal(Word actual, Word expected, char const* text, char const* file, int line);

/// A sentence for the log: a figure, or what was seen.
void note(std::string_view text);

/// The running case's verdict, for the controller.
void begin_verdict();
void fail(std::string_view why);
bool has_failed();
std::string_view failures();
std::string_view notes();

} // namespace test

#define CHECK(condition) ::test::check((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQ(actual, expected)                                                                                     \
    ::test::check_equal(::test::word(actual), ::test::word(expected), #actual, __FILE__, __LINE__)
/// The rest of the function makes no sense without it.
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!CHECK(condition)) return;                                                                                 \
    } while (false)
#define REQUIRE_EQ(actual, expected)                                                                                   \
    do {                                                                                                               \
        if (!CHECK_EQ(actual, expected)) return;                                                                       \
    } while (false)
#define NOTE(...) ::test::note(::l4::Line<160>{__VA_ARGS__}.view())

#endif
