// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_MUX_HPP
#define ROOTTASK_CONSOLE_MUX_HPP

#include "line_image.hpp"
#include "ring_buffer.hpp"

#include <l4/thread_id.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace root {

using l4::ThreadId;
using l4::Word;

/// One terminal for several clients. Those that are terminals of their own have a number, and one
/// of these has the *focus*. The client with the focus, the *raw* one, has the terminal as if it
/// were alone: its characters go out as they are, and input is for it. Of all others whole lines
/// appear, with the client's name in front:
///
///     ~ # ls               raw
///     bin   dev   etc      raw
///     [clock] up 30 s      another client's line, where the raw client is at the start of a line
///     ~ # _                raw
///
/// If the raw client has left the cursor within a line (a prompt) and has been quiet for a
/// while, a line of others goes below it and the raw client's line is written again. While a
/// program of the raw client has the whole screen, lines wait.
///
/// The focus key is for the console itself: a digit behind it moves the focus, the same key once more
/// is input, and any other is a command for the supervisor.
class Mux {
public:
    static constexpr std::size_t max_clients = 12;
    static constexpr std::size_t max_name = 16;
    /// How long the raw client must have been quiet before its line is torn, in microseconds.
    static constexpr Word quiet_time = 500'000;

    static constexpr char focus_key = '\x1e'; ///< Ctrl-^

    /// Makes a thread a client; 0: no terminal. False: no room, it is one, or there is a terminal of this number.
    bool admit(ThreadId id, std::string_view name, unsigned terminal);
    /// What the client has written is still put out, its unfinished line too.
    void dismiss(ThreadId id);
    bool is_client(ThreadId id) const { return index_of(id).has_value(); }

    /// Takes as much as there is room for and says how much that was.
    std::size_t write(ThreadId id, std::string_view text);
    /// Moves input to the client, as much as there is and fits, and says how much that was.
    std::size_t read(ThreadId id, char* buffer, std::size_t size);

    bool has_input_room() const;
    /// A character from the line. Input without a client is dropped. Needs room.
    void put_input(char letter);

    struct Command {
        char letter;
        unsigned terminal; ///< that had the focus
    };
    bool has_command() const { return command_.has_value(); }
    std::optional<Command> take_command();

    /// The next character for the line, if there is one now. Time in microseconds.
    std::optional<char> next_output(Word now);
    /// When next_output() may have something that it has not now, if nothing happens before.
    std::optional<Word> next_deadline() const;

    /// A client that is to be told that there is input or room, if any. Once per reason: after
    /// rung(), whether it listened or not, it is not named again before the next one.
    /// Never the one that waits for an answer: it would take the bell for that.
    std::optional<ThreadId> doorbell(ThreadId waiting = l4::nilthread) const;
    void rung(ThreadId id);
    /// The client listens from now on: what came before is a reason to ring.
    void opened(ThreadId id);

private:
    struct Client {
        ThreadId id{};
        bool in_use = false;
        unsigned terminal = 0;
        bool leaving = false;   ///< dismissed, with output left
        bool input_due = false; ///< to be told of input
        bool room_due = false;  ///< to be told of room, once there is some
        std::array<char, max_name> name{};
        std::size_t name_size = 0;
        std::size_t lines = 0; ///< complete ones in the buffer
        RingBuffer<8192> output{};
        RingBuffer<4096> input{};

        std::string_view name_text() const { return {name.data(), name_size}; }
        /// Complete lines, or so much of one that waiting for its end makes no sense.
        bool has_line() const { return lines > 0 || output.room() == 0 || (leaving && !output.is_empty()); }
    };

    std::optional<std::size_t> index_of(ThreadId id) const;
    bool is_raw(Client const& client) const { return client.terminal == focus_; }
    /// An ended one goes on being it until its last words are out.
    Client* raw_client();
    Client const* raw_client() const;
    Client* terminal(unsigned number);
    Client const* terminal(unsigned number) const;
    void deliver(char letter);
    void move_focus(unsigned number);
    void announce(std::string_view text, std::string_view name);
    std::optional<std::size_t> next_with_line() const;
    bool has_line_waiting() const { return next_with_line().has_value(); }

    void stage(char letter);
    void stage(std::string_view text);
    void stage_line_of(Client& client);
    void stage_restored_line();
    bool stage_something(Word now);
    char take_raw(Client& client, Word now);
    void retire_if_drained(Client& client);

    std::array<Client, max_clients> clients_{};
    std::size_t turn_ = 0; ///< where the search for a line starts, so that all get a turn
    unsigned focus_ = 1;
    bool is_key_pending_ = false; ///< the focus key has come, and nothing behind it yet
    std::optional<Command> command_{};
    RingBuffer<1024> staged_{}; ///< goes out before everything else
    LineImage image_{};         ///< the raw client's line
    bool torn_ = false;         ///< the raw client's line has to be restored
    bool raw_has_turn_ = false; ///< a line has been put in; now one of the raw client's
    Word last_raw_ = 0;
};

} // namespace root

#endif
