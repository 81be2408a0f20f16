// SPDX-License-Identifier: BSD-2-Clause
#include "mux.hpp"

#include <algorithm>

namespace root {

namespace {
/// Longer lines of prefixed clients are cut into several.
constexpr std::size_t max_line = 240;
/// A client is told of room when at least this much is there.
constexpr std::size_t worthwhile_room = 2048;
} // namespace

bool Mux::admit(ThreadId id, std::string_view name, bool raw)
{
    if (id.is_nil() || is_client(id) || (raw && raw_client() != nullptr)) return false;
    auto const free = std::find_if(clients_.begin(), clients_.end(), [](Client const& c) { return !c.in_use; });
    if (free == clients_.end()) return false;
    *free = Client{};
    free->id = id;
    free->in_use = true;
    free->raw = raw;
    for (char const letter : name)
        if (free->name_size < max_name && letter > ' ' && letter < '\x7f') free->name[free->name_size++] = letter;
    return true;
}

void Mux::dismiss(ThreadId id)
{
    if (auto const index = index_of(id)) {
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
    std::size_t const taken = std::min(text.size(), client.output.room());
    for (char const letter : text.substr(0, taken)) {
        client.output.put(letter);
        client.lines += letter == '\n' ? 1 : 0;
    }
    client.room_due = taken < text.size();
    return taken;
}

std::size_t Mux::read(ThreadId id, char* buffer, std::size_t size)
{
    auto const index = index_of(id);
    if (!index || !clients_[*index].raw) return 0;
    std::size_t const count = std::min(size, input_.size());
    for (std::size_t i = 0; i < count; ++i) buffer[i] = input_.take();
    // Rung again for what it leaves: clients may take less than there is and wait for more.
    clients_[*index].input_due = !input_.is_empty();
    return count;
}

void Mux::put_input(char letter)
{
    Client* const raw = raw_client();
    if (raw == nullptr) return;
    input_.put(letter);
    raw->input_due = true;
}

std::optional<char> Mux::next_output(Word now)
{
    if (!staged_.is_empty() || stage_something(now)) return staged_.take();
    Client* const raw = raw_client();
    if (raw == nullptr || raw->output.is_empty()) return {};
    return take_raw(*raw, now);
}

/// Decides whether it is other clients' turn or the torn line's, and stages what is to go out.
bool Mux::stage_something(Word now)
{
    Client const* const raw = raw_client();
    bool const raw_waits = raw != nullptr && !raw->output.is_empty();
    auto const next = next_with_line();

    bool const may_put_in = torn_ || (image_.is_blank() && !(raw_has_turn_ && raw_waits));
    if (next && may_put_in && !(torn_ && raw_waits)) {
        stage_line_of(clients_[*next]);
        raw_has_turn_ = true;
        turn_ = (*next + 1) % max_clients;
        return true;
    }
    if (torn_) {
        stage_restored_line();
        return !staged_.is_empty();
    }
    if (next && !raw_waits && !image_.is_blank() && !image_.is_untouchable() && now - last_raw_ >= quiet_time) {
        stage("\r\n");
        torn_ = true;
        return true;
    }
    return false;
}

std::optional<Word> Mux::next_deadline() const
{
    Client const* const raw = raw_client();
    bool const raw_waits = raw != nullptr && !raw->output.is_empty();
    if (!has_line_waiting() || raw_waits || image_.is_untouchable()) return {};
    return last_raw_ + quiet_time;
}

std::optional<ThreadId> Mux::doorbell() const
{
    for (Client const& client : clients_) {
        if (!client.in_use || client.leaving) continue;
        if (client.input_due || (client.room_due && client.output.room() >= worthwhile_room)) return client.id;
    }
    return {};
}

void Mux::rung(ThreadId id)
{
    if (auto const index = index_of(id)) {
        Client& client = clients_[*index];
        client.input_due = false;
        client.room_due = client.room_due && client.output.room() < worthwhile_room;
    }
}

void Mux::opened(ThreadId id)
{
    if (auto const index = index_of(id)) clients_[*index].input_due = clients_[*index].raw && !input_.is_empty();
}

std::optional<std::size_t> Mux::index_of(ThreadId id) const
{
    for (std::size_t i = 0; i < max_clients; ++i)
        if (clients_[i].in_use && !clients_[i].leaving && clients_[i].id == id) return i;
    return {};
}

Mux::Client const* Mux::raw_client() const
{
    for (Client const& client : clients_)
        if (client.in_use && client.raw) return &client;
    return nullptr;
}

Mux::Client* Mux::raw_client() { return const_cast<Client*>(static_cast<Mux const*>(this)->raw_client()); }

std::optional<std::size_t> Mux::next_with_line() const
{
    for (std::size_t i = 0; i < max_clients; ++i) {
        std::size_t const index = (turn_ + i) % max_clients;
        Client const& client = clients_[index];
        if (client.in_use && !client.raw && client.has_line()) return index;
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

void Mux::stage_line_of(Client& client)
{
    stage('[');
    stage(client.name_text());
    stage("] ");
    for (std::size_t i = 0; i < max_line && !client.output.is_empty(); ++i) {
        char const letter = client.output.take();
        if (letter == '\n') {
            --client.lines;
            break;
        }
        // Nothing that moves the cursor: a client could write into the lines of others.
        if (static_cast<unsigned char>(letter) >= ' ' && letter != '\x7f') stage(letter);
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

char Mux::take_raw(Client& client, Word now)
{
    char const letter = client.output.take();
    if (letter == '\n') {
        --client.lines;
        raw_has_turn_ = false;
    }
    image_.feed(letter);
    last_raw_ = now;
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
    if (client.raw) {
        if (!image_.is_blank() && staged_.is_empty()) stage("\r\n");
        image_ = LineImage{};
        torn_ = false;
        while (!input_.is_empty()) input_.take();
    }
    client.in_use = false;
}

} // namespace root
