// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_TYPED_HPP
#define L4_TYPED_HPP

#include <l4/ipc.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <type_traits>

namespace l4 {

/// Messages with a type. A protocol is a list of structs, each of whole words and with a label of its own:
///
///     struct Add  { static constexpr Word label = 0x40; Word left, right; };
///     struct Sum  { static constexpr Word label = 0x41; Word value; };
///
///     auto const sum = l4::call<Sum>(server, Add{1, 2});          // the client: a Result
///     if (auto const add = l4::unpack<Add>(message)) ...          // the server
///     message = l4::pack(Sum{add->left + add->right});
template <typename T>
concept Body = std::is_trivially_copyable_v<T> &&(std::is_empty_v<T> || sizeof(T) % sizeof(Word) == 0) &&
               sizeof(T) <= 63 * sizeof(Word) && requires
{
    {
        T::label
        } -> std::convertible_to<Word>;
};

template <Body T>
inline constexpr std::size_t word_count = std::is_empty_v<T> ? 0 : sizeof(T) / sizeof(Word);

template <Body T>
constexpr Message pack(T const& body)
{
    Message message{T::label};
    if constexpr (!std::is_empty_v<T>)
        for (Word const value : std::bit_cast<std::array<Word, word_count<T>>>(body)) message.word(value);
    return message;
}

/// Nothing if it is a message of another type, or too short for this one.
template <Body T>
constexpr std::optional<T> unpack(Message const& message)
{
    // The label's field has 48 bits: those of a negative label are cut off.
    MsgTag const tag = message.tag();
    if (tag.is_error() || tag.label() != MsgTag{T::label, 0, 0}.label() || tag.untyped() < word_count<T>) return {};
    if constexpr (std::is_empty_v<T>) {
        return T{};
    } else {
        std::array<Word, word_count<T>> words{};
        for (unsigned i = 0; i < words.size(); ++i) words[i] = message.mr(i + 1);
        return std::bit_cast<T>(words);
    }
}

/// Sends a request and waits for an answer of the given type.
template <Body Answer, Body Request>
Result<Answer, IpcError> call(ThreadId to, Request const& request, Timeouts timeouts = {})
{
    Message message = pack(request);
    if (auto const status = call(to, message, timeouts); !status) return status.error();
    if (auto const answer = unpack<Answer>(message)) return *answer;
    return IpcError{};
}

template <Body Request>
Status<IpcError> send(ThreadId to, Request const& request, Time timeout = Time::never())
{
    return send(to, pack(request), timeout);
}

/// A server's life: `answer(sender, message)` is called for each message; what it returns, if anything, goes back.
template <typename Answer>
[[noreturn]] void serve(Answer&& answer)
{
    Message message;
    ThreadId reply_to = nilthread;
    for (;;) {
        ThreadId const sender = reply_wait(reply_to, message);
        reply_to = nilthread;
        if (sender.is_nil()) continue;
        if (std::optional<Message> const reply = answer(sender, static_cast<Message const&>(message))) {
            message = *reply;
            reply_to = sender;
        }
    }
}

/// A thread asks its pager for memory (X.2, page-fault protocol).
struct PageFault {
    Word address;
    Word ip;
    Rights wanted;
};
constexpr std::optional<PageFault> page_fault_of(Message const& message)
{
    if (message.tag().protocol() != protocol::page_fault || message.tag().untyped() != 2) return {};
    return PageFault{message.mr(1), message.mr(2), message.tag().fault_rights()};
}

/// A thread asks its pager for I/O ports.
struct IoFault {
    Fpage ports;
    Word ip;
};
constexpr std::optional<IoFault> io_fault_of(Message const& message)
{
    Fpage const ports = Fpage::from_raw(message.mr(1));
    if (message.tag().protocol() != protocol::io_fault || message.tag().untyped() != 2 || !ports.is_io()) return {};
    return IoFault{ports, message.mr(2)};
}

/// A pager's answer.
constexpr Message map_answer(MapItem item) { return Message{0}.map(item); }

} // namespace l4

#endif
