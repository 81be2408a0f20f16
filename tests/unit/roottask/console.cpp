// SPDX-License-Identifier: BSD-2-Clause
#include "roottask/console/line_image.hpp"
#include "roottask/console/mux.hpp"
#include "roottask/console/uart.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>

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
        std::string text;
        while (auto const letter = mux.next_output(now)) text += *letter;
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
    EXPECT_EQ(mux.next_output(Mux::quiet_time), '\r');
    mux.write(linux_id, "x\n");
    EXPECT_EQ(drain(Mux::quiet_time), "\n~ # x\n[clock] tick\r\n[clock] tock\r\n");
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
    for (unsigned i = 0; i < 2047; ++i) mux.next_output(0);
    EXPECT_FALSE(mux.doorbell());
    mux.next_output(0);
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
