// SPDX-License-Identifier: BSD-2-Clause
#include "server.hpp"

#include <l4/ipc.hpp>
#include <l4/linux.h>
#include <l4/syscall.hpp>
#include <l4/text_words.hpp>
#include <l4/utcb.hpp>

namespace root {

using l4::Message;

namespace {

/// So many characters go out, or come in, before the next look at requests.
constexpr unsigned max_burst = 256;
constexpr Word max_flush_time = 2'000'000;

} // namespace

ConsoleServer::ConsoleServer(ThreadId supervisor, std::optional<ConsoleLine> line) : supervisor_{supervisor}
{
    if (!line) return;
    Uart<PcPorts> uart{PcPorts{line->port}};
    if (!uart.is_present()) return;
    uart.init();
    uart_ = uart;
    interrupt_ = ThreadId::interrupt(line->interrupt);
}

void ConsoleServer::run()
{
    // Without the interrupt the line still works: each request and each time-out looks at it.
    bool const has_interrupt = uart_ && l4::associate_interrupt(interrupt_.number(), l4::my_global_id());
    l4::Time const poll = l4::Time::milliseconds(10);

    Message message;
    ThreadId reply_to = l4::nilthread;
    bool look_at_input = true;
    for (;;) {
        service_line(look_at_input);
        look_at_input = !has_interrupt;
        ring_doorbells(reply_to);

        l4::Time timeout = has_interrupt ? l4::Time::never() : poll;
        if (auto const deadline = mux_.next_deadline()) {
            Word const now = l4::system_clock();
            timeout = l4::Time::microseconds(*deadline > now ? *deadline - now : 1000);
        }
        ThreadId const sender = l4::global_id_of(l4::reply_wait(reply_to, message, timeout));
        mux_.set_time(l4::system_clock());
        reply_to = l4::nilthread;
        if (sender.is_nil()) continue;
        if (sender == interrupt_) {
            handle_interrupt();
        } else if (auto const answer = handle(sender, message)) {
            if (mux_.doorbell() || mux_.has_command()) {
                // Nobody may take a bell for the answer: that comes first.
                (void)l4::send(sender, *answer, l4::Time::zero());
                continue;
            }
            message = *answer;
            reply_to = sender;
        }
    }
}

void ConsoleServer::handle_interrupt()
{
    service_line(true);
    // The acknowledgement unmasks the line; what came before it has to make itself known once more.
    (void)l4::send(interrupt_, Message{0}, l4::Time::zero());
    if (uart_) uart_->renew_interrupts();
}

void ConsoleServer::service_line(bool look_at_input)
{
    if (!uart_) {
        while (mux_.next_output()) {}
        return;
    }
    // Each look at a register leaves the virtual machine, so requests alone are no reason for one.
    if (look_at_input) {
        uart_->acknowledge();
        take_input();
    }
    bool const is_done = put_output();
    uart_->want_interrupts(mux_.has_input_room(), !is_done);
}

void ConsoleServer::take_input()
{
    for (unsigned taken = 0; taken < max_burst && mux_.has_input_room(); ++taken) {
        auto const letter = uart_->receive();
        if (!letter) return;
        mux_.put_input(*letter);
    }
}

bool ConsoleServer::put_output()
{
    for (unsigned sent = 0; sent < max_burst && uart_->can_send();) {
        for (unsigned i = 0; i < Uart<PcPorts>::fifo_size; ++i, ++sent) {
            auto const letter = mux_.next_output();
            if (!letter) return true;
            uart_->send(*letter);
        }
    }
    return false;
}

void ConsoleServer::ring_doorbells(ThreadId waiting)
{
    while (auto const client = mux_.doorbell(waiting)) {
        (void)l4::send(*client, Message{0}, l4::Time::zero());
        mux_.rung(*client);
    }
    // If it does not listen just now, it will ask by itself.
    if (mux_.has_command() && waiting != supervisor_) (void)l4::send(supervisor_, Message{0}, l4::Time::zero());
}

std::optional<Message> ConsoleServer::handle(ThreadId sender, Message const& request)
{
    if (request.tag().typed() != 0) return {};
    Word const label = request.tag().label();
    if (sender == supervisor_) {
        switch (label) {
        case console_label::admit: return admit(request);
        case console_label::dismiss: mux_.dismiss(ThreadId::from_raw(request.mr(1))); return Message{label};
        case console_label::flush: flush(); return Message{label};
        case console_label::command: return command();
        default: break;
        }
    }
    if (!mux_.is_client(sender)) return {};
    switch (label) {
    case L4_CONSOLE_OPEN: mux_.opened(sender); return Message{label}.word(0);
    case L4_CONSOLE_WRITE: return write(sender, request);
    case L4_CONSOLE_READ: return read(sender);
    default: return {};
    }
}

Message ConsoleServer::write(ThreadId sender, Message const& request)
{
    char text[L4_CONSOLE_MAX_BYTES];
    std::size_t const taken = mux_.write(sender, l4::extract_text(request, 1, text, sizeof text));
    return Message{L4_CONSOLE_WRITE}.word(taken);
}

Message ConsoleServer::read(ThreadId sender)
{
    char text[L4_CONSOLE_MAX_BYTES];
    std::size_t const size = mux_.read(sender, text, sizeof text);
    Message answer{L4_CONSOLE_READ};
    l4::append_text(answer, {text, size});
    return answer;
}

Message ConsoleServer::admit(Message const& request)
{
    char name[Mux::max_name];
    std::string_view const text = l4::extract_text(request, 3, name, sizeof name);
    bool const admitted = mux_.admit(ThreadId::from_raw(request.mr(1)), text, static_cast<unsigned>(request.mr(2)));
    return Message{console_label::admit}.word(admitted ? 0 : 1);
}

Message ConsoleServer::command()
{
    auto const command = mux_.take_command();
    if (!command) return Message{console_label::command}.word(0).word(0);
    return Message{console_label::command}.word(static_cast<unsigned char>(command->letter)).word(command->terminal);
}

/// Only before the machine goes off: nothing else runs meanwhile.
void ConsoleServer::flush()
{
    if (!uart_) return;
    Word const start = l4::system_clock();
    for (Word now = start; now - start < max_flush_time; now = l4::system_clock()) {
        mux_.set_time(now);
        if (put_output() && uart_->can_send()) return;
    }
}

} // namespace root
