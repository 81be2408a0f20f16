// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_MUX_HPP
#define ROOTTASK_CONSOLE_MUX_HPP

#include "line_image.hpp"
#include "ring_buffer.hpp"

#include <l4/thread_id.hpp>

#include <array>
#include <optional>
#include <span>
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
/// while, a line of others goes below it and the raw client's line is written again. If it is never
/// quiet that happens when lines have waited for long.
///
/// While a program of the raw client has the whole screen, lines wait. Nobody waits with them: a client whose
/// lines do not get out for long always finds room, at the cost of its oldest ones. Where they would
/// have been stands how many:
///
///     [clock] (12 lines lost)
///
/// The focus key is for the console itself: a digit behind it moves the focus, the same key once more
/// is input, and any other is a command for the supervisor. It works also if the raw client does not read: once
/// its input has been full for long, plain characters are thrown away, with a bell.
class Mux {
public:
    static constexpr std::size_t max_clients = 40;
    static constexpr std::size_t max_name = 16;
    /// How long the raw client must have been quiet before its line is torn, in microseconds.
    static constexpr Word quiet_time = 500'000;
    /// How long lines of others wait for a place before they count as held up.
    static constexpr Word patience = 1'000'000;
    /// A client that leaves its input full for so many steps is deaf. A machine that stood still may have made
    /// one of them long, but it is one.
    static constexpr Word deaf_step = 500'000;
    static constexpr unsigned max_deaf_steps = 4;

    static constexpr char focus_key = '\x1e'; ///< Ctrl-^

    /// The microseconds of the clock, for all that is called from now on.
    void set_time(Word now);

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

    /// The next character for the line, if there is one now.
    std::optional<char> next_output();
    /// When something may be due (output, a doorbell, room for input) that is not now, if nothing happens before.
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
        std::size_t lost = 0;  ///< lines that were thrown away, not yet told
        RingBuffer<8192> output{};
        RingBuffer<4096> input{};

        std::string_view name_text() const { return {name.data(), name_size}; }
        /// Complete lines, or so much of one that waiting for its end makes no sense.
        bool has_line() const { return lines > 0 || lost > 0 || output.room() == 0 || (leaving && !output.is_empty()); }
    };

    /// Few, although there may be many: each character that goes out looks at all of them.
    std::span<Client const> known() const { return {clients_.data(), known_}; }
    std::optional<std::size_t> index_of(ThreadId id) const;
    bool is_raw(Client const& client) const { return client.terminal == focus_; }
    /// An ended one goes on being it until its last words are out.
    Client* raw_client();
    Client const* raw_client() const;
    Client* terminal(unsigned number);
    Client const* terminal(unsigned number) const;
    bool is_input_full() const;
    bool is_deaf() const { return is_input_full() && deaf_steps_ == max_deaf_steps; }
    void start_deaf_steps();
    void deliver(char letter);
    void ring_bell();
    void move_focus(unsigned number);
    void announce(std::string_view text, std::string_view name);
    std::optional<std::size_t> next_with_line() const;
    bool has_line_waiting() const { return next_with_line().has_value(); }
    bool is_held_up() const { return has_line_waiting() && now_ - waiting_since_ >= patience; }
    /// There is enough room to tell the client of it.
    bool is_room_worthwhile(Client const& client) const;
    void make_room(Client& client, std::size_t size);

    void stage(char letter);
    void stage(std::string_view text);
    void put_in_line_of(std::size_t index);
    void stage_name_of(Client const& client);
    void stage_losses_of(Client& client);
    void stage_line_of(Client& client);
    void stage_restored_line();
    bool stage_something();
    char take_raw(Client& client);
    void retire_if_drained(Client& client);

    std::array<Client, max_clients> clients_{};
    std::size_t known_ = 0; ///< places behind these have never been taken
    std::size_t turn_ = 0;  ///< where the search for a line starts, so that all get a turn
    unsigned focus_ = 1;
    bool is_key_pending_ = false; ///< the focus key has come, and nothing behind it yet
    std::optional<Command> command_{};
    RingBuffer<1024> staged_{}; ///< goes out before everything else
    LineImage image_{};         ///< the raw client's line
    bool torn_ = false;         ///< the raw client's line has to be restored
    bool raw_has_turn_ = false; ///< a line has been put in; now one of the raw client's
    Word now_ = 0;
    Word last_raw_ = 0;
    Word waiting_since_ = 0; ///< if a line waits: since it, or a line before it, could have been put in
    Word deaf_step_start_ = 0;
    unsigned deaf_steps_ = 0;
    Word last_bell_ = 0;
};

} // namespace root

#endif
