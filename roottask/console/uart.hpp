// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_CONSOLE_UART_HPP
#define ROOTTASK_CONSOLE_UART_HPP

#include <cstdint>
#include <optional>

namespace root {

/// A 16550 with its FIFOs, at 115200 baud, 8 bits, no parity. Ports has in(register) and
/// out(register, value).
template <typename Ports>
class Uart {
public:
    static constexpr unsigned fifo_size = 16;

    constexpr explicit Uart(Ports ports) : ports_{ports} {}

    void init()
    {
        ports_.out(interrupt_enable, 0);
        ports_.out(line_control, divisor_latch);
        ports_.out(data, 1); // 115200 baud
        ports_.out(interrupt_enable, 0);
        ports_.out(line_control, eight_bits);
        ports_.out(fifo_control, fifo_on | fifo_clear_both | fifo_trigger_14);
        ports_.out(modem_control, dtr | rts | out2);
        interrupts_ = 0;
        modem_ = dtr | rts | out2;
        acknowledge();
    }

    /// Is there really one? The scratch register keeps what is written only if there is.
    bool is_present()
    {
        ports_.out(scratch, 0x5a);
        bool const first = ports_.in(scratch) == 0x5a;
        ports_.out(scratch, 0xa5);
        return first && ports_.in(scratch) == 0xa5;
    }

    /// The FIFO is empty: fifo_size characters may be sent.
    bool can_send() { return (ports_.in(line_status)&transmitter_empty) != 0; }
    void send(char letter) { ports_.out(data, static_cast<std::uint8_t>(letter)); }

    std::optional<char> receive()
    {
        if ((ports_.in(line_status)&data_ready) == 0) return {};
        return static_cast<char>(ports_.in(data));
    }

    /// Which interrupts are wanted. Without receive interrupts the other side is also asked to
    /// stop (RTS), because the FIFO will not last long.
    void want_interrupts(bool on_receive, bool on_sent)
    {
        std::uint8_t const wanted =
            static_cast<std::uint8_t>((on_receive ? receive_interrupt : 0u) | (on_sent ? sent_interrupt : 0u));
        // A port access leaves the virtual machine: only when something changes.
        if (wanted != interrupts_) {
            interrupts_ = wanted;
            ports_.out(interrupt_enable, wanted);
        }
        std::uint8_t const modem = static_cast<std::uint8_t>(dtr | out2 | (on_receive ? rts : 0u));
        if (modem != modem_) {
            modem_ = modem;
            ports_.out(modem_control, modem);
        }
    }

    /// The interrupt is an edge, the line high as long as there is any reason: one that came before
    /// the last was read away brings no edge. Taken back for a moment, the line rises anew.
    void renew_interrupts()
    {
        ports_.out(interrupt_enable, 0);
        ports_.out(interrupt_enable, interrupts_);
    }

    /// Reads away the reasons for an interrupt that are not data to be received.
    void acknowledge()
    {
        for (unsigned i = 0; i < 8; ++i) {
            std::uint8_t const reason = ports_.in(interrupt_identification);
            if ((reason & no_interrupt) != 0) return;
            switch (reason & reason_mask) {
            case reason_line_status: ports_.in(line_status); break;
            case reason_modem: ports_.in(modem_status); break;
            case reason_sent: break; // read away by the look at the register
            default: return;         // data: receive() takes it
            }
        }
    }

private:
    enum Register : std::uint16_t {
        data = 0,
        interrupt_enable = 1,
        interrupt_identification = 2,
        fifo_control = 2,
        line_control = 3,
        modem_control = 4,
        line_status = 5,
        modem_status = 6,
        scratch = 7,
    };
    static constexpr std::uint8_t divisor_latch = 0x80, eight_bits = 0x03;
    static constexpr std::uint8_t fifo_on = 0x01, fifo_clear_both = 0x06, fifo_trigger_14 = 0xc0;
    static constexpr std::uint8_t dtr = 0x01, rts = 0x02, out2 = 0x08; // OUT2 lets interrupts out on PCs
    static constexpr std::uint8_t data_ready = 0x01, transmitter_empty = 0x20;
    static constexpr unsigned receive_interrupt = 0x01, sent_interrupt = 0x02;
    static constexpr std::uint8_t no_interrupt = 0x01, reason_mask = 0x0e;
    static constexpr std::uint8_t reason_modem = 0x00, reason_sent = 0x02, reason_line_status = 0x06;

    Ports ports_;
    std::uint8_t interrupts_ = 0;
    std::uint8_t modem_ = 0;
};

} // namespace root

#endif
