// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/console/line_image.hpp"
#include "roottask/console/mux.hpp"
#include "roottask/console/uart.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace root;

constexpr ThreadId linux_id = ThreadId::global(70, 1);
constexpr ThreadId clock_id = ThreadId::global(71, 1);
constexpr ThreadId other_id = ThreadId::global(72, 1);

LineImage image_of(std::string_view text)
{
    LineImage image;
    for (char const letter : text) image.feed(letter);
    return image;
}

TEST(LineImage, FollowsLineEditing)
{
    EXPECT_TRUE(image_of("").is_blank());
    EXPECT_TRUE(image_of("a line\r\n").is_blank());
    EXPECT_EQ(image_of("boot\n~ # ls").text(), "~ # ls");
    LineImage const back = image_of("abc\b\b");
    EXPECT_EQ(back.text(), "abc");
    EXPECT_EQ(back.columns_back(), 2u);
    EXPECT_EQ(image_of("abc\b\bX").text(), "aXc");
    EXPECT_EQ(image_of("abc\rX").text(), "Xbc");
    EXPECT_EQ(image_of("abc\b\b\x1b[J").text(), "a");
    EXPECT_EQ(image_of("abc\r\x1b[K").text(), "");
    EXPECT_EQ(image_of("abc\x1b[2DX").text(), "aXc");
    EXPECT_EQ(image_of("abc\r\x1b[2CX").text(), "abX");
    EXPECT_EQ(image_of("\x1b[1;32mgreen\x1b[0m").text(), "green");
    EXPECT_EQ(image_of("a\tb").text(), "a       b");
    EXPECT_EQ(image_of("\b\b\x1b[99Da").text(), "a");
    EXPECT_EQ(image_of("~ # \x1b[6n").text(), "~ # ") << "the question for the cursor's place is not repeated";
}

TEST(LineImage, KnowsScreensAndHalfSequences)
{
    EXPECT_TRUE(image_of("\x1b").is_untouchable());
    EXPECT_TRUE(image_of("\x1b[12").is_untouchable());
    EXPECT_TRUE(image_of("\x1b[H").is_untouchable());
    EXPECT_TRUE(image_of("\x1b[?1049h").is_untouchable());
    EXPECT_FALSE(image_of("\x1b[?25h").is_untouchable());
    EXPECT_TRUE(image_of("\x1b[2;5Hx\n").is_untouchable());
    EXPECT_FALSE(image_of("\x1b[2;5Hx\ny\n").is_untouchable());
    EXPECT_FALSE(image_of(std::string(LineImage::max_columns + 1, 'x')).is_untouchable());
    EXPECT_EQ(image_of(std::string(LineImage::max_columns + 1, 'x')).text(), "");
    EXPECT_FALSE(image_of(std::string(LineImage::max_columns, 'x')).is_untouchable());
}

TEST(LineImage, RandomBytesAreSurvived)
{
    std::mt19937 random{9};
    LineImage image;
    for (unsigned i = 0; i < 200'000; ++i) {
        image.feed("\x1b[0123;?CDGKJHmab\t\b\r\n\xff"[random() % 22]);
        ASSERT_LE(image.columns_back(), image.text().size());
        ASSERT_LE(image.text().size(), LineImage::max_columns);
    }
}

class MuxTest : public testing::Test {
protected:
    MuxTest()
    {
        EXPECT_TRUE(mux.admit(linux_id, "vmlinux", true));
        EXPECT_TRUE(mux.admit(clock_id, "clock", false));
    }
    std::string drain(Word now)
    {
        mux.set_time(now);
        std::string text;
        while (auto const letter = mux.next_output()) text += *letter;
        return text;
    }
    std::string read(ThreadId id, std::size_t size = 480)
    {
        std::string text(size, '\0');
        text.resize(mux.read(id, text.data(), size));
        return text;
    }

    std::unique_ptr<Mux> owner = std::make_unique<Mux>();
    Mux& mux = *owner;
};

TEST_F(MuxTest, RawOutputIsNotTouched)
{
    std::string const text = "plain\r\n\x1b[1mbold\t\x7f~ # ";
    EXPECT_EQ(mux.write(linux_id, text), text.size());
    EXPECT_EQ(drain(0), text);
}

TEST_F(MuxTest, OthersAppearAsWholeLinesWithPrefix)
{
    mux.write(clock_id, "up ");
    EXPECT_EQ(drain(0), "");
    mux.write(clock_id, "10 s\nup 20 s\npart");
    EXPECT_EQ(drain(0), "[clock] up 10 s\r\n[clock] up 20 s\r\n");
}

TEST_F(MuxTest, OthersCannotMoveTheCursorOrForgeNames)
{
    mux.write(clock_id, "a\r\x1b[2J\x08[root] b\n");
    EXPECT_EQ(drain(0), "[clock] a[root] b\r\n");
}

TEST_F(MuxTest, ALineWaitsForTheEndOfTheRawClientsLine)
{
    mux.write(linux_id, "begin");
    EXPECT_EQ(drain(0), "begin");
    mux.write(clock_id, "tick\n");
    EXPECT_EQ(drain(1000), "");
    mux.write(linux_id, " end\r\nnext");
    EXPECT_EQ(drain(2000), " end\r\n[clock] tick\r\nnext");
}

TEST_F(MuxTest, AQuietPromptIsTornAndRestored)
{
    mux.write(linux_id, "~ # ls\b");
    EXPECT_EQ(drain(1000), "~ # ls\b");
    mux.write(clock_id, "tick\ntock\n");
    EXPECT_EQ(drain(2000), "");
    ASSERT_TRUE(mux.next_deadline());
    EXPECT_EQ(*mux.next_deadline(), 1000 + Mux::quiet_time);
    EXPECT_EQ(drain(1000 + Mux::quiet_time), "\r\n[clock] tick\r\n[clock] tock\r\n~ # ls\b");
    EXPECT_FALSE(mux.next_deadline());
    mux.write(linux_id, "\n");
    EXPECT_EQ(drain(9'000'000), "\n");
}

TEST_F(MuxTest, RawOutputDuringATearComesBehindTheRestoredLine)
{
    mux.write(linux_id, "~ # ");
    drain(0);
    mux.write(clock_id, "tick\ntock\n");
    mux.set_time(Mux::quiet_time);
    EXPECT_EQ(mux.next_output(), '\r');
    mux.write(linux_id, "x\n");
    EXPECT_EQ(drain(Mux::quiet_time), "\n[clock] tick\r\n~ # x\n[clock] tock\r\n");
}

TEST_F(MuxTest, AScreenIsLeftAlone)
{
    mux.write(linux_id, "\x1b[?1049h\x1b[1;1Htext");
    drain(0);
    mux.write(clock_id, "tick\n");
    EXPECT_EQ(drain(100 * Mux::quiet_time), "");
    EXPECT_FALSE(mux.next_deadline());
    mux.write(linux_id, "\r\n~ # \n");
    EXPECT_EQ(drain(100 * Mux::quiet_time), "\r\n~ # \n[clock] tick\r\n");
}

/// What may stand on the terminal for as long as anyone likes.
class HeldUpTest : public MuxTest, public testing::WithParamInterface<char const*> {
protected:
    HeldUpTest()
    {
        mux.write(linux_id, GetParam());
        drain(0);
    }
    std::string leave_screen(Word now)
    {
        mux.write(linux_id, "\x1b[m\n\n\n");
        return drain(now);
    }
    static std::vector<std::string> lines_of_clock(std::string const& out)
    {
        constexpr std::string_view name = "[clock] ";
        std::vector<std::string> lines;
        for (std::size_t at = 0; (at = out.find(name, at)) != std::string::npos;) {
            at += name.size();
            lines.push_back(out.substr(at, out.find("\r\n", at) - at));
        }
        return lines;
    }
    /// Many, and how often one was refused in a row.
    std::size_t write_lines(ThreadId id, unsigned count, Word now)
    {
        std::size_t most = 0;
        for (unsigned i = 0; i < count; ++i) {
            std::string const line = "line " + std::to_string(i) + "\n";
            for (std::size_t at = 0, refused = 0; at < line.size();) {
                std::size_t const taken = mux.write(id, line.substr(at));
                refused = taken == 0 ? refused + 1 : 0;
                at += taken;
                most = std::max(most, refused);
                if (refused > 1000) return refused; // it would hang for ever
            }
            drain(now);
        }
        return most;
    }
};
INSTANTIATE_TEST_SUITE_P(Console, HeldUpTest,
                         testing::Values("\x1b[?1049h\x1b[1;1Htext", "\x1b[H\n", "\x1b", "\x1b[", "\x1b[12;"));

TEST_P(HeldUpTest, NobodyWaitsForAScreen)
{
    mux.write(clock_id, "first\n");
    EXPECT_EQ(drain(Mux::patience), "");
    EXPECT_EQ(write_lines(clock_id, 5000, Mux::patience), 0u);

    // What comes when the screen is left: how many are missing, then whole lines up to the last.
    std::vector<std::string> const lines = lines_of_clock(leave_screen(Mux::patience));
    ASSERT_GT(lines.size(), 500u);
    // The first of those that are lost is "first".
    std::size_t const lost = 5001 - (lines.size() - 1);
    EXPECT_EQ(lines[0], "(" + std::to_string(lost) + " lines lost)");
    for (std::size_t i = 1; i < lines.size(); ++i) ASSERT_EQ(lines[i], "line " + std::to_string(lost + i - 2));

    mux.write(clock_id, "more\n");
    EXPECT_EQ(drain(2 * Mux::patience), "[clock] more\r\n") << "lost lines are told once";
}

TEST_P(HeldUpTest, LinesThatFitAreKept)
{
    mux.write(clock_id, "first\n");
    drain(10 * Mux::patience);
    mux.write(clock_id, std::string(8192 - 7, 'x') + "\n");
    EXPECT_EQ(lines_of_clock(leave_screen(11 * Mux::patience)).front(), "first");
}

TEST_P(HeldUpTest, AWriterThatWaitsForABellGetsOne)
{
    EXPECT_EQ(mux.write(clock_id, std::string(9000, 'x')), 8192u);
    EXPECT_FALSE(mux.doorbell());
    ASSERT_TRUE(mux.next_deadline());
    EXPECT_EQ(*mux.next_deadline(), Mux::patience);
    EXPECT_EQ(drain(*mux.next_deadline()), "");
    EXPECT_EQ(mux.doorbell(), clock_id);
    mux.rung(clock_id);
    EXPECT_FALSE(mux.doorbell());
    EXPECT_FALSE(mux.next_deadline());
    for (unsigned i = 0; i < 100; ++i)
        EXPECT_EQ(mux.write(clock_id, std::string(480, 'x')), 480u) << "even without lines";
}

TEST_P(HeldUpTest, TheFocusTellsWhatIsMissing)
{
    mux.admit(other_id, "second", 2);
    mux.write(other_id, "first\n");
    drain(Mux::patience);
    EXPECT_EQ(write_lines(other_id, 2000, Mux::patience), 0u);
    for (char const letter : {Mux::focus_key, '2'}) mux.put_input(letter);
    std::string const out = drain(Mux::patience);
    std::size_t const at = out.find("[root] input goes to second\r\n[second] (");
    ASSERT_NE(at, std::string::npos) << out;
    EXPECT_NE(out.find(" lines lost)\r\nline ", at), std::string::npos);
    EXPECT_TRUE(out.ends_with("\nline 1999\n"));
}

TEST_F(MuxTest, NothingIsLostWhileLinesGetOut)
{
    // As long as something moves a client waits for the line, however slow that is.
    std::string const line = "a line of a long log\n";
    std::size_t taken = 0, written = 0;
    for (Word now = 0; now < 100 * Mux::patience; now += Mux::patience / 4) {
        mux.set_time(now);
        while (mux.write(clock_id, "x\n") == 2) ++written;
        for (unsigned i = 0; i < 20; ++i)
            if (auto const letter = mux.next_output(); letter == '\n') ++taken;
    }
    for (char const letter : drain(100 * Mux::patience)) taken += letter == '\n' ? 1 : 0;
    EXPECT_EQ(taken, written);
}

TEST_F(MuxTest, ALineThatNeverEndsHoldsUpNobody)
{
    // A dot each tenth of a second: never quiet, never at the start of a line.
    std::string out;
    Word now = 0;
    for (unsigned i = 0; i < 40; ++i, now += Mux::patience / 10) {
        mux.write(linux_id, ".");
        if (i == 5) mux.write(clock_id, "tick\ntock\n");
        out += drain(now);
    }
    EXPECT_NE(out.find("\r\n[clock] tick\r\n..."), std::string::npos);
    EXPECT_NE(out.find("\r\n[clock] tock\r\n..."), std::string::npos);
    EXPECT_TRUE(out.ends_with(std::string(40, '.'))) << "the line is written again";
}

TEST_F(MuxTest, AFloodWithoutLinesHoldsUpNobody)
{
    std::string out;
    mux.write(linux_id, ".");
    drain(0);
    mux.write(clock_id, "tick\n");
    for (Word now = 0; now <= Mux::patience; now += Mux::patience / 10) {
        mux.set_time(now);
        mux.write(linux_id, "\x1b[m"); // never behind the start of a line, and never quiet
        mux.write(linux_id, std::string(1000, '.'));
        for (unsigned i = 0; i < 900; ++i) out += mux.next_output().value_or('?');
    }
    EXPECT_NE(out.find("\r\n[clock] tick\r\n"), std::string::npos);
}

TEST_F(MuxTest, WhateverIsWrittenOthersLinesAreWholeAndInOrder)
{
    std::mt19937 random{5};
    mux.admit(other_id, "other", false);
    std::array<unsigned, 2> next{}, seen{};
    std::array<ThreadId, 2> const ids{clock_id, other_id};
    std::array<std::string, 2> rest;
    std::string out;
    for (Word now = 0; now < 400 * Mux::patience; now += random() % (Mux::patience / 8)) {
        mux.set_time(now);
        constexpr char const* pieces[] = {"~ # ", "\n", "ls\b", "\x1b[", "H", "\x1b", "\r\n\n\n", "\x1b[1mx\x1b[m"};
        if (random() % 4 == 0) mux.write(linux_id, pieces[random() % 8]);
        for (unsigned n = 0; n < 2; ++n) {
            while (rest[n].size() < 480) rest[n] += "<" + std::to_string(next[n]++) + ">\n";
            rest[n].erase(0, mux.write(ids[n], rest[n].substr(0, random() % 480)));
        }
        for (unsigned i = random() % 800; i > 0; --i)
            if (auto const letter = mux.next_output()) out += *letter;
    }
    mux.write(linux_id, "\x1b[m\n\n\n");
    for (ThreadId const id : ids) mux.dismiss(id);
    out += drain(500 * Mux::patience);

    unsigned losses = 0;
    for (unsigned n = 0; n < 2; ++n) {
        std::string const name = n == 0 ? "[clock] " : "[other] ";
        for (std::size_t at = 0; (at = out.find(name, at)) != std::string::npos;) {
            at += name.size();
            std::string const line = out.substr(at, out.find("\r\n", at) - at);
            if (line.starts_with("(")) {
                seen[n] += static_cast<unsigned>(std::stoul(line.substr(1)));
                ++losses;
            } else if (line == "<" + std::to_string(seen[n]) + ">") {
                ++seen[n];
            } else {
                // The last one of all may be half a line.
                ASSERT_EQ(out.find(name, at), std::string::npos) << line << " for " << seen[n];
                ASSERT_TRUE(("<" + std::to_string(seen[n]) + ">").starts_with(line)) << line;
            }
        }
        EXPECT_GT(seen[n], 1000u);
    }
    EXPECT_GT(losses, 3u);
}

TEST_F(MuxTest, AFloodOfLinesAlternatesWithTheRawClient)
{
    for (unsigned i = 0; i < 3; ++i) {
        mux.write(clock_id, "t\n");
        mux.write(linux_id, "raw\n");
    }
    EXPECT_EQ(drain(0), "[clock] t\r\nraw\n[clock] t\r\nraw\n[clock] t\r\nraw\n");
}

TEST_F(MuxTest, ClientsTakeTurns)
{
    mux.admit(other_id, "other", false);
    mux.write(clock_id, "1\n2\n");
    mux.write(other_id, "a\nb\n");
    EXPECT_EQ(drain(0), "[clock] 1\r\n[other] a\r\n[clock] 2\r\n[other] b\r\n");
}

TEST_F(MuxTest, LongLinesAreCut)
{
    std::string const line(9000, 'x');
    std::size_t const taken = mux.write(clock_id, line);
    EXPECT_EQ(taken, 8192u);
    std::string const out = drain(0);
    EXPECT_TRUE(out.starts_with("[clock] xxx"));
    EXPECT_NE(out.find("\r\n"), std::string::npos);
}

TEST_F(MuxTest, AFullBufferTakesAPartAndRingsWhenThereIsRoom)
{
    std::string const text(10'000, 'x');
    EXPECT_EQ(mux.write(linux_id, text), 8192u);
    EXPECT_FALSE(mux.doorbell());
    for (unsigned i = 0; i < 2047; ++i) mux.next_output();
    EXPECT_FALSE(mux.doorbell());
    mux.next_output();
    EXPECT_EQ(mux.doorbell(), linux_id);
    mux.rung(linux_id);
    EXPECT_FALSE(mux.doorbell());
    mux.write(linux_id, "fits");
    EXPECT_FALSE(mux.doorbell());
}

TEST_F(MuxTest, InputIsForTheRawClientAndRingsOnce)
{
    mux.put_input('l');
    EXPECT_EQ(mux.doorbell(), linux_id);
    mux.rung(linux_id);
    EXPECT_FALSE(mux.doorbell());
    mux.put_input('s');
    EXPECT_EQ(mux.doorbell(), linux_id);
    EXPECT_EQ(read(clock_id), "");
    EXPECT_EQ(read(linux_id, 1), "l");
    EXPECT_EQ(mux.doorbell(), linux_id) << "there is more";
    EXPECT_EQ(read(linux_id), "s");
    EXPECT_FALSE(mux.doorbell());
    EXPECT_EQ(read(linux_id), "");
}

TEST_F(MuxTest, InputBeforeOpenIsReported)
{
    mux.put_input('x');
    mux.rung(linux_id);
    mux.opened(linux_id);
    EXPECT_EQ(mux.doorbell(), linux_id);
}

TEST_F(MuxTest, InputArrivesWholeThroughASmallBuffer)
{
    std::string sent, received;
    for (unsigned i = 0; i < 65536; ++i) sent += static_cast<char>('a' + i % 26);
    for (std::size_t at = 0; at < sent.size() || received.size() < sent.size();) {
        while (at < sent.size() && mux.has_input_room()) mux.put_input(sent[at++]);
        received += read(linux_id);
    }
    EXPECT_EQ(received, sent);
}

TEST_F(MuxTest, StrangersAndSecondRawClientsAreRefused)
{
    EXPECT_FALSE(mux.is_client(other_id));
    EXPECT_EQ(mux.write(other_id, "x\n"), 0u);
    EXPECT_EQ(read(other_id), "");
    EXPECT_FALSE(mux.admit(other_id, "linux2", true));
    EXPECT_FALSE(mux.admit(clock_id, "clock", false));
    EXPECT_FALSE(mux.admit(l4::nilthread, "nil", false));
    unsigned admitted = 0;
    for (Word i = 0; i < 100; ++i) admitted += mux.admit(ThreadId::global(100 + i, 1), "x", false) ? 1 : 0;
    EXPECT_EQ(admitted, Mux::max_clients - 2);
}

TEST_F(MuxTest, WhoHasEndedDoesNotKeepOutOthers)
{
    // A Linux that dies again and again while a screen keeps its last words in.
    mux.write(linux_id, "\x1b[H");
    drain(0);
    for (Word i = 0; i < 3 * Mux::max_clients; ++i) {
        ThreadId const id = ThreadId::global(100, i * 64 + 1);
        ASSERT_TRUE(mux.admit(id, "second", 2)) << i;
        mux.write(id, "last words\n");
        mux.dismiss(id);
    }
    EXPECT_TRUE(mux.is_client(linux_id));
    EXPECT_TRUE(mux.is_client(clock_id));
}

TEST_F(MuxTest, ADismissedClientsLastWordsAreHeard)
{
    mux.write(clock_id, "last words");
    mux.dismiss(clock_id);
    EXPECT_FALSE(mux.is_client(clock_id));
    EXPECT_EQ(drain(0), "[clock] last words\r\n");
    EXPECT_TRUE(mux.admit(clock_id, "again", false));
    mux.write(clock_id, "hi\n");
    EXPECT_EQ(drain(0), "[again] hi\r\n");
}

TEST_F(MuxTest, ADismissedRawClientLeavesACleanLine)
{
    mux.write(linux_id, "panic");
    mux.put_input('x');
    mux.dismiss(linux_id);
    EXPECT_EQ(drain(0), "panic\r\n");
    EXPECT_TRUE(mux.admit(other_id, "vmlinux", true));
    mux.opened(other_id);
    EXPECT_FALSE(mux.doorbell()) << "the old one's input is gone";

    mux.write(other_id, "~ # ");
    EXPECT_EQ(drain(0), "~ # ");
    mux.dismiss(other_id);
    EXPECT_EQ(drain(0), "\r\n");
    mux.write(clock_id, "tock\n");
    EXPECT_EQ(drain(0), "[clock] tock\r\n");
}

TEST_F(MuxTest, ARestartedTerminalIsAdmittedBeforeTheLastWordsAreOut)
{
    mux.write(linux_id, "panic");
    mux.dismiss(linux_id);
    EXPECT_TRUE(mux.admit(other_id, "vmlinux", 1));
    mux.write(other_id, "Linux\n");
    mux.put_input('x');
    EXPECT_EQ(mux.doorbell(), other_id);
    EXPECT_EQ(drain(0), "panic\r\nLinux\n");
    EXPECT_EQ(read(other_id), "x");
}

class FocusTest : public MuxTest {
protected:
    FocusTest() { EXPECT_TRUE(mux.admit(other_id, "second", 2)); }
    void type(std::string_view text)
    {
        for (char const letter : text) mux.put_input(letter);
    }
};

TEST_F(FocusTest, TheKeyChoosesWhoGetsTheInput)
{
    type("a\x1e"
         "2b");
    EXPECT_EQ(read(linux_id), "a");
    EXPECT_EQ(read(other_id), "b");
    EXPECT_EQ(drain(0), "[root] input goes to second\r\n");
    type("\x1e"
         "1c");
    EXPECT_EQ(read(linux_id), "c");
    EXPECT_EQ(read(other_id), "");
}

TEST_F(FocusTest, AnImpatientHandLeavesLinesWhole)
{
    mux.write(linux_id, "~ # ");
    drain(0);
    for (unsigned i = 0; i < 100; ++i)
        type("\x1e"
             "2\x1e"
             "9\x1e"
             "1");
    mux.write(clock_id, "tick\n");
    std::string out = drain(Mux::quiet_time);
    for (std::size_t at = 0; (at = out.find("[", at)) != std::string::npos; ++at)
        ASSERT_EQ(out.substr(at - 2, 2), "\r\n") << out;
    EXPECT_TRUE(out.ends_with("\r\n[clock] tick\r\n")) << out;
    type("x");
    EXPECT_EQ(read(linux_id), "x");
}

TEST_F(FocusTest, TheKeyTwiceIsInput)
{
    type("\x1e\x1e"
         "2");
    EXPECT_EQ(read(linux_id), "\x1e"
                              "2");
    EXPECT_EQ(drain(0), "");
}

TEST_F(FocusTest, TheFocusMakesAClientRaw)
{
    mux.write(linux_id, "one:~# ");
    mux.write(other_id, "boot\r\ntwo:~# \x1b[6n");
    EXPECT_EQ(drain(0), "[second] boot\r\none:~# ");
    type("\x1e"
         "2");
    EXPECT_EQ(drain(0), "\r\n[root] input goes to second\r\ntwo:~# \x1b[6n");
    mux.write(linux_id, "\x1b[6nls\r\n");
    mux.write(other_id, "\r\n");
    EXPECT_EQ(drain(0), "\r\n[vmlinux] ls\r\n");
}

TEST_F(FocusTest, AnUnknownTerminalLeavesTheFocus)
{
    mux.write(linux_id, "~ # ");
    EXPECT_EQ(drain(0), "~ # ");
    type("\x1e"
         "9a");
    EXPECT_EQ(drain(0), "\r\n[root] there is no such terminal; input stays with vmlinux\r\n~ # ");
    EXPECT_EQ(read(linux_id), "a");
}

TEST_F(FocusTest, OtherKeysAreCommands)
{
    EXPECT_FALSE(mux.has_command());
    type("\x1ekx");
    ASSERT_TRUE(mux.has_command());
    auto const command = mux.take_command();
    ASSERT_TRUE(command);
    EXPECT_EQ(command->letter, 'k');
    EXPECT_EQ(command->terminal, 1u);
    EXPECT_FALSE(mux.take_command());
    EXPECT_EQ(read(linux_id), "x");
}

TEST_F(FocusTest, ALineWithoutEndIsNotWaitedFor)
{
    mux.write(linux_id, std::string(1000, 'y'));
    drain(0);
    mux.write(clock_id, "tick\n");
    EXPECT_EQ(drain(1), "");
    EXPECT_EQ(drain(Mux::quiet_time), "\r\n[clock] tick\r\n");
    mux.write(linux_id, "y\n");
    EXPECT_EQ(drain(Mux::quiet_time), "y\n");
}

TEST_F(FocusTest, AFullInputHoldsUpNobodyElse)
{
    unsigned sent = 0;
    while (mux.has_input_room()) {
        mux.put_input('x');
        ++sent;
    }
    EXPECT_EQ(sent, 4096u);
    mux.write(clock_id, "tick\n");
    mux.write(other_id, "on\n");
    EXPECT_EQ(drain(0), "[clock] tick\r\n[second] on\r\n");
}

/// The raw client has left its input full, and does not look at it.
class DeafTest : public FocusTest {
protected:
    static constexpr Word deaf_time = Mux::max_deaf_steps * Mux::deaf_step;

    DeafTest()
    {
        mux.set_time(now);
        for (unsigned i = 0; i < 4096; ++i) mux.put_input('x');
    }
    /// As the server does while nothing happens: looks at the clock when something is due.
    void pass(Word period)
    {
        Word const end = now + period;
        while (now < end) {
            now = std::min(end, mux.next_deadline().value_or(end));
            mux.set_time(now);
        }
    }
    Word now = 10'000'000;
};

TEST_F(DeafTest, TheFocusKeyWorksAllTheSame)
{
    pass(deaf_time - 1);
    EXPECT_FALSE(mux.has_input_room());
    pass(1);
    EXPECT_TRUE(mux.has_input_room());
    EXPECT_FALSE(mux.next_deadline());
    type("lost\x1e\x1e");
    EXPECT_EQ(drain(now), "\a") << "one bell for many keys";
    type("\x1ek");
    EXPECT_EQ(mux.take_command()->letter, 'k');
    type("\x1e"
         "2two");
    EXPECT_EQ(drain(now), "[root] input goes to second\r\n");
    EXPECT_EQ(read(other_id), "two");
    EXPECT_EQ(read(linux_id, 5000), std::string(4096, 'x')) << "what was taken before is kept";
}

TEST_F(DeafTest, WhoReadsIsNotDeaf)
{
    for (unsigned i = 0; i < 20; ++i) {
        pass(deaf_time - 1);
        EXPECT_FALSE(mux.has_input_room());
        EXPECT_EQ(read(linux_id, 1), "x");
        EXPECT_TRUE(mux.has_input_room());
        mux.put_input('x');
    }
    EXPECT_EQ(drain(now), "");
}

TEST_F(DeafTest, WhoReadsAgainGetsEverythingFromThen)
{
    pass(2 * deaf_time);
    type("lost");
    EXPECT_EQ(read(linux_id, 4096).size(), 4096u);
    type("heard");
    EXPECT_EQ(read(linux_id), "heard");
    EXPECT_FALSE(mux.next_deadline());
}

TEST_F(DeafTest, AMachineThatStoodStillMakesNobodyDeaf)
{
    now += 100 * deaf_time;
    mux.set_time(now);
    EXPECT_FALSE(mux.has_input_room());
    pass(deaf_time - Mux::deaf_step - 1);
    EXPECT_FALSE(mux.has_input_room());
    pass(1);
    EXPECT_TRUE(mux.has_input_room());
}

TEST_F(DeafTest, ATerminalThatGetsTheFocusIsHeardFirst)
{
    pass(deaf_time);
    type("\x1e"
         "2");
    pass(deaf_time);
    type("\x1e"
         "1");
    EXPECT_FALSE(mux.has_input_room());
}

TEST_F(FocusTest, NoBellForWhomAnAnswerIsDue)
{
    mux.put_input('x');
    EXPECT_FALSE(mux.doorbell(linux_id));
    EXPECT_EQ(mux.doorbell(), linux_id);
}

TEST_F(MuxTest, NamesAreCleaned)
{
    mux.admit(other_id, "a]\n\x1b bcdefghijklmnopqrstuvw", false);
    mux.write(other_id, "x\n");
    EXPECT_EQ(drain(0), "[a]bcdefghijklmno] x\r\n");
}

/// A 16550 as far as the driver sees it.
struct FakeLine {
    std::array<std::uint8_t, 8> registers{};
    std::deque<std::uint8_t> input{};
    std::string output{};
    unsigned writes = 0;
    bool present = true;
};
struct FakePorts {
    FakeLine* line;
    std::uint8_t in(std::uint16_t at) const
    {
        if (!line->present) return 0xff;
        switch (at) {
        case 0: {
            std::uint8_t const letter = line->input.empty() ? std::uint8_t{0} : line->input.front();
            if (!line->input.empty()) line->input.pop_front();
            return letter;
        }
        case 2: return 1;
        case 5: return static_cast<std::uint8_t>(0x60 | (line->input.empty() ? 0 : 1));
        default: return line->registers[at];
        }
    }
    void out(std::uint16_t at, std::uint8_t value) const
    {
        ++line->writes;
        if (at == 0 && (line->registers[3] & 0x80) == 0) line->output += static_cast<char>(value);
        line->registers[at] = value;
    }
};

TEST(Uart, DrivesTheLine)
{
    FakeLine line;
    Uart<FakePorts> uart{FakePorts{&line}};
    EXPECT_TRUE(uart.is_present());
    uart.init();
    EXPECT_EQ(line.registers[3], 3u);
    EXPECT_TRUE(uart.can_send());
    uart.send('x');
    EXPECT_EQ(line.output, "x");
    EXPECT_FALSE(uart.receive());
    line.input = {'a', 'b'};
    EXPECT_EQ(uart.receive(), 'a');
    EXPECT_EQ(uart.receive(), 'b');
    EXPECT_FALSE(uart.receive());
}

TEST(Uart, TouchesInterruptsOnlyWhenTheyChange)
{
    FakeLine line;
    Uart<FakePorts> uart{FakePorts{&line}};
    uart.init();
    unsigned const before = line.writes;
    uart.want_interrupts(true, false);
    EXPECT_EQ(line.registers[1], 1u);
    EXPECT_EQ(line.writes, before + 1);
    uart.want_interrupts(true, false);
    EXPECT_EQ(line.writes, before + 1);
    uart.want_interrupts(false, true);
    EXPECT_EQ(line.registers[1], 2u);
    EXPECT_EQ(line.registers[4] & 2u, 0u) << "the other side is asked to stop";
    uart.want_interrupts(true, true);
    EXPECT_EQ(line.registers[4] & 2u, 2u);
}

TEST(Uart, RenewedInterruptsGoDownAndUp)
{
    struct Ports {
        std::string* log;
        std::uint8_t in(std::uint16_t) const { return 1; }
        void out(std::uint16_t at, std::uint8_t value) const
        {
            if (at == 1) *log += static_cast<char>('0' + value);
        }
    };
    std::string log;
    Uart<Ports> uart{Ports{&log}};
    uart.want_interrupts(true, false);
    log.clear();
    uart.renew_interrupts();
    EXPECT_EQ(log, "01") << "a line that is high brings no edge";
}

TEST(Uart, NoticesThatThereIsNone)
{
    FakeLine line;
    line.present = false;
    Uart<FakePorts> uart{FakePorts{&line}};
    EXPECT_FALSE(uart.is_present());
    uart.acknowledge(); // comes to an end
}

} // namespace
