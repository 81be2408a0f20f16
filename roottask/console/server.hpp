// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_SERVER_HPP
#define ROOTTASK_CONSOLE_SERVER_HPP

#include "../config.hpp"
#include "mux.hpp"
#include "uart.hpp"

#include <l4/machine.hpp>
#include <l4/message.hpp>

#include <cstdint>

namespace root {

/// The ports of a PC's serial line. The console thread has them mapped.
class PcPorts {
public:
    constexpr explicit PcPorts(std::uint16_t base) : base_{base} {}
    std::uint8_t in(std::uint16_t offset) const { return l4::in8(static_cast<std::uint16_t>(base_ + offset)); }
    void out(std::uint16_t offset, std::uint8_t value) const
    {
        l4::out8(static_cast<std::uint16_t>(base_ + offset), value);
    }

private:
    std::uint16_t base_;
};

/// Where a console's line is in a PC.
struct ConsoleLine {
    std::uint16_t port;
    Word interrupt;
};
constexpr ConsoleLine line_of(ConsolePort port)
{
    return port == ConsolePort::com2 ? ConsoleLine{0x2f8, 3} : ConsoleLine{0x3f8, 4};
}
constexpr unsigned console_log2_ports = 3;

/// What only the root task may ask, beside the protocol of include/l4/linux.h.
namespace console_label {
inline constexpr Word admit = 0x80; ///< MR1 client's ID, MR2 terminal or 0, MR3 size of name, MR4.. name; <- MR1 0 or 1
inline constexpr Word dismiss = 0x81; ///< MR1 client's ID
inline constexpr Word flush = 0x82;   ///< <- when everything has gone out, or does not
inline constexpr Word command =
    0x83; ///< <- MR1 the letter behind the focus key or 0: none, MR2 terminal with the focus
} // namespace console_label

/// The console thread: the serial line's driver and the server of its clients. It waits for one
/// thing only, a message: a request, or one from the interrupt's thread.
class ConsoleServer {
public:
    /// `supervisor` may admit clients. Without a line all output is swallowed.
    ConsoleServer(ThreadId supervisor, std::optional<ConsoleLine> line);

    [[noreturn]] void run();

private:
    void service_line(bool look_at_input);
    void take_input();
    /// False: there is more, but the line is busy.
    bool put_output();
    void handle_interrupt();
    /// Not to the one that waits for an answer.
    void ring_doorbells(ThreadId waiting);
    /// The answer; nothing for strangers and for nonsense.
    std::optional<l4::Message> handle(ThreadId sender, l4::Message const& request);
    l4::Message write(ThreadId sender, l4::Message const& request);
    l4::Message read(ThreadId sender);
    l4::Message admit(l4::Message const& request);
    l4::Message command();
    void flush();

    Mux mux_{};
    ThreadId supervisor_;
    std::optional<Uart<PcPorts>> uart_{};
    ThreadId interrupt_{};
};

} // namespace root

#endif
