// SPDX-License-Identifier: BSD-2-Clause
#include "mux.hpp"

#include <l4/format.hpp>

#include <algorithm>

namespace root {

namespace {
/// Longer lines of prefixed clients are cut into several.
constexpr std::size_t max_line = 240;
/// A client is told of room when at least this much is there.
constexpr std::size_t worthwhile_room = 2048;
/// No line of the console's own is longer.
constexpr std::size_t max_own_line = 96;

/// Tells the letters of a line from what is for a terminal: control characters and 'ESC [' sequences.
class SequenceFilter {
public:
    bool is_text(char letter)
    {
        switch (state_) {
        case State::escape: state_ = letter == '[' ? State::parameters : State::text; return false;
        case State::parameters:
            if (letter >= '@' && letter <= '~') state_ = State::text;
            return false;
        default: break;
        }
        if (letter == '\x1b') state_ = State::escape;
        return static_cast<unsigned char>(letter) >= ' ' && letter != '\x7f';
    }

private:
    enum class State : unsigned char { text, escape, parameters };
    State state_ = State::text;
};
} // namespace

void Mux::set_time(Word now)
{
    now_ = now;
    if (!is_input_full() || is_deaf() || now_ - deaf_step_start_ < deaf_step) return;
    deaf_step_start_ = now_;
    ++deaf_steps_;
}

bool Mux::admit(ThreadId id, std::string_view name, unsigned number)
{
    if (id.is_nil() || is_client(id) || (number != 0 && terminal(number) != nullptr)) return false;
    auto place = std::find_if(clients_.begin(), clients_.end(), [](Client const& c) { return !c.in_use; });
    // A new one is worth more than the last words of an ended one.
    if (place == clients_.end())
        place =
            std::find_if(clients_.begin(), clients_.end(), [this](Client const& c) { return c.leaving && !is_raw(c); });
    if (place == clients_.end()) return false;
    known_ = std::max(known_, static_cast<std::size_t>(place - clients_.begin()) + 1);
    *place = Client{};
    place->id = id;
    place->in_use = true;
    place->terminal = number;
    for (char const letter : name)
        if (place->name_size < max_name && letter > ' ' && letter < '\x7f') place->name[place->name_size++] = letter;
    return true;
}

void Mux::dismiss(ThreadId id)
{
    if (auto const index = index_of(id)) {
        if (!has_line_waiting()) waiting_since_ = now_;
        Client& client = clients_[*index];
        client.leaving = true;
        retire_if_drained(client);
    }
}

std::size_t Mux::write(ThreadId id, std::string_view text)
{
    auto const index = index_of(id);
    if (!index) return 0;
    Client& client = clients_[*index];
    if (!has_line_waiting()) waiting_since_ = now_;
    if (!is_raw(client) && is_held_up()) make_room(client, std::min(text.size(), client.output.capacity));
    std::size_t const taken = std::min(text.size(), client.output.room());
    for (char const letter : text.substr(0, taken)) {
        client.output.put(letter);
        client.lines += letter == '\n' ? 1 : 0;
    }
    client.room_due = taken < text.size();
    return taken;
}

/// Forgets the oldest lines, as whole ones.
void Mux::make_room(Client& client, std::size_t size)
{
    while (client.output.room() < size) {
        ++client.lost;
        while (!client.output.is_empty()) {
            if (client.output.take() != '\n') continue;
            --client.lines;
            break;
        }
    }
}

std::size_t Mux::read(ThreadId id, char* buffer, std::size_t size)
{
    auto const index = index_of(id);
    if (!index) return 0;
    Client& client = clients_[*index];
    std::size_t const count = std::min(size, client.input.size());
    for (std::size_t i = 0; i < count; ++i) buffer[i] = client.input.take();
    // Rung again for what it leaves: clients may take less than there is and wait for more.
    client.input_due = !client.input.is_empty();
    return count;
}

bool Mux::has_input_room() const { return !is_input_full() || is_deaf(); }

bool Mux::is_input_full() const
{
    Client const* const client = terminal(focus_);
    return client != nullptr && client->input.room() == 0;
}

void Mux::start_deaf_steps()
{
    deaf_step_start_ = now_;
    deaf_steps_ = 0;
}

void Mux::put_input(char letter)
{
    if (!is_key_pending_) {
        if (letter == focus_key)
            is_key_pending_ = true;
        else
            deliver(letter);
        return;
    }
    is_key_pending_ = false;
    if (letter == focus_key)
        deliver(letter);
    else if (letter >= '1' && letter <= '9')
        move_focus(static_cast<unsigned>(letter - '0'));
    else
        command_ = Command{letter, focus_};
}

void Mux::deliver(char letter)
{
    Client* const client = terminal(focus_);
    if (client == nullptr) return;
    if (client->input.room() == 0) {
        ring_bell();
        return;
    }
    client->input.put(letter);
    client->input_due = true;
    if (client->input.room() == 0) start_deaf_steps();
}

/// One bell for many keys.
void Mux::ring_bell()
{
    if (now_ - last_bell_ < quiet_time) return;
    last_bell_ = now_;
    stage('\a');
}

std::optional<Mux::Command> Mux::take_command()
{
    auto const command = command_;
    command_.reset();
    return command;
}

void Mux::move_focus(unsigned number)
{
    Client const* const next = terminal(number);
    if (next == nullptr) {
        announce("there is no such terminal; input stays with ", terminal(focus_) ? terminal(focus_)->name_text() : "");
        return;
    }
    if (number != focus_) {
        // The rest of its line will come with its name in front.
        if (!image_.is_blank() && !torn_) stage("\r\n");
        image_ = LineImage{};
        torn_ = false;
        focus_ = number;
        waiting_since_ = now_;
        start_deaf_steps();
    }
    announce("input goes to ", next->name_text());
    for (Client& client : clients_)
        if (client.in_use && is_raw(client) && client.lost > 0) stage_losses_of(client);
}

/// A line of the console's own.
void Mux::announce(std::string_view text, std::string_view name)
{
    // Nobody reads so many at once, and half a one would spoil the next line.
    if (staged_.room() < max_own_line) return;
    if (!image_.is_blank() && !torn_) {
        stage("\r\n");
        torn_ = !image_.is_untouchable();
    }
    stage("[root] ");
    stage(text);
    stage(name);
    stage("\r\n");
}

std::optional<char> Mux::next_output()
{
    if (!staged_.is_empty() || stage_something()) return staged_.take();
    Client* const raw = raw_client();
    if (raw == nullptr || raw->output.is_empty()) return {};
    return take_raw(*raw);
}

/// Decides whether it is other clients' turn or the torn line's, and stages what is to go out.
bool Mux::stage_something()
{
    Client const* const raw = raw_client();
    bool const raw_waits = raw != nullptr && !raw->output.is_empty();
    auto const next = next_with_line();

    bool const is_raws_turn = raw_has_turn_ && raw_waits && !is_held_up();
    if (next && (torn_ ? !raw_waits : image_.is_blank() && !is_raws_turn)) {
        put_in_line_of(*next);
        return true;
    }
    if (torn_) {
        stage_restored_line();
        return !staged_.is_empty();
    }
    bool const is_quiet = !raw_waits && now_ - last_raw_ >= quiet_time;
    if (next && !image_.is_untouchable() && (is_quiet || is_held_up())) {
        stage("\r\n");
        torn_ = true;
        put_in_line_of(*next);
        return true;
    }
    return false;
}

void Mux::put_in_line_of(std::size_t index)
{
    stage_line_of(clients_[index]);
    raw_has_turn_ = true;
    turn_ = (index + 1) % max_clients;
    waiting_since_ = now_;
}

std::optional<Word> Mux::next_deadline() const
{
    constexpr Word never = ~Word{0};
    Word deadline = never;
    if (has_line_waiting()) {
        Client const* const raw = raw_client();
        bool const raw_waits = raw != nullptr && !raw->output.is_empty();
        if (!raw_waits && !image_.is_untouchable()) deadline = last_raw_ + quiet_time;
        // Somebody may wait for room.
        if (!is_held_up()) deadline = std::min(deadline, waiting_since_ + patience);
    }
    if (is_input_full() && !is_deaf()) deadline = std::min(deadline, deaf_step_start_ + deaf_step);
    return deadline != never ? std::optional{deadline} : std::nullopt;
}

bool Mux::is_room_worthwhile(Client const& client) const
{
    return client.output.room() >= worthwhile_room || (!is_raw(client) && is_held_up());
}

std::optional<ThreadId> Mux::doorbell(ThreadId waiting) const
{
    for (Client const& client : known()) {
        if (!client.in_use || client.leaving || client.id == waiting) continue;
        if (client.input_due || (client.room_due && is_room_worthwhile(client))) return client.id;
    }
    return {};
}

void Mux::rung(ThreadId id)
{
    if (auto const index = index_of(id)) {
        Client& client = clients_[*index];
        client.input_due = false;
        client.room_due = client.room_due && !is_room_worthwhile(client);
    }
}

void Mux::opened(ThreadId id)
{
    if (auto const index = index_of(id)) clients_[*index].input_due = !clients_[*index].input.is_empty();
}

std::optional<std::size_t> Mux::index_of(ThreadId id) const
{
    for (std::size_t i = 0; i < known_; ++i)
        if (clients_[i].in_use && !clients_[i].leaving && clients_[i].id == id) return i;
    return {};
}

Mux::Client const* Mux::terminal(unsigned number) const
{
    for (Client const& client : known())
        if (client.in_use && !client.leaving && client.terminal == number) return &client;
    return nullptr;
}

Mux::Client* Mux::terminal(unsigned number)
{
    return const_cast<Client*>(static_cast<Mux const*>(this)->terminal(number));
}

Mux::Client const* Mux::raw_client() const
{
    for (Client const& client : known())
        if (client.in_use && client.leaving && is_raw(client)) return &client;
    return terminal(focus_);
}

Mux::Client* Mux::raw_client() { return const_cast<Client*>(static_cast<Mux const*>(this)->raw_client()); }

std::optional<std::size_t> Mux::next_with_line() const
{
    for (std::size_t i = 0; i < known_; ++i) {
        std::size_t const index = (turn_ + i) % known_;
        Client const& client = clients_[index];
        if (client.in_use && !is_raw(client) && client.has_line()) return index;
    }
    return {};
}

void Mux::stage(char letter)
{
    if (staged_.room() > 0) staged_.put(letter);
}

void Mux::stage(std::string_view text)
{
    for (char const letter : text) stage(letter);
}

void Mux::stage_name_of(Client const& client)
{
    stage('[');
    stage(client.name_text());
    stage("] ");
}

void Mux::stage_losses_of(Client& client)
{
    if (staged_.room() < max_own_line) return;
    stage_name_of(client);
    stage(l4::Line<40>{"({} {} lost)\r\n", client.lost, client.lost == 1 ? "line" : "lines"}.view());
    client.lost = 0;
}

void Mux::stage_line_of(Client& client)
{
    if (client.lost > 0) {
        stage_losses_of(client);
        return;
    }
    stage_name_of(client);
    SequenceFilter filter;
    for (std::size_t i = 0; i < max_line && !client.output.is_empty(); ++i) {
        char const letter = client.output.take();
        if (letter == '\n') {
            --client.lines;
            break;
        }
        // Nothing that moves the cursor: a client could write into the lines of others.
        if (filter.is_text(letter)) stage(letter);
    }
    stage("\r\n");
    retire_if_drained(client);
}

void Mux::stage_restored_line()
{
    torn_ = false;
    stage(image_.text());
    for (std::size_t i = 0; i < image_.columns_back(); ++i) stage('\b');
}

char Mux::take_raw(Client& client)
{
    char const letter = client.output.take();
    if (letter == '\n') {
        --client.lines;
        raw_has_turn_ = false;
    }
    image_.feed(letter);
    last_raw_ = now_;
    if (client.leaving && client.output.is_empty() && letter != '\n') {
        // The last words of a raw client: leave the terminal at the start of a line.
        stage("\r\n");
        image_ = LineImage{};
    }
    retire_if_drained(client);
    return letter;
}

void Mux::retire_if_drained(Client& client)
{
    if (!client.leaving || !client.output.is_empty()) return;
    if (is_raw(client)) {
        if (!image_.is_blank() && staged_.is_empty()) stage("\r\n");
        image_ = LineImage{};
        torn_ = false;
    }
    client.in_use = false;
}

} // namespace root
