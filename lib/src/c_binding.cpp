// SPDX-License-Identifier: BSD-2-Clause
//
// The C++ library in C's clothes.

#include <l4/acceptor.hpp>
#include <l4/console.hpp>
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/l4.h>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

#include <algorithm>

using l4::ThreadId;
using l4::Word;

namespace {

l4::Message message_of(l4_message const& from)
{
    l4::Message message;
    message.set_mr(0, from.mr[0]);
    for (unsigned i = 1; i < message.register_count(); ++i) message.set_mr(i, from.mr[i]);
    return message;
}

void store(l4::Message const& message, l4_message& to)
{
    for (unsigned i = 0; i < message.register_count(); ++i) to.mr[i] = message.mr(i);
}

Word result_of(l4::Message const& message) { return message.tag().is_error() ? l4::last_error() : 0; }
Word result_of(l4::Status<l4::Error> status) { return status ? 0 : static_cast<Word>(status.error()); }

l4::Time time_of(Word raw) { return l4::Time::from_raw(raw); }

/// One Ipc with a receive phase; the answer and the sender go to the caller.
Word ipc(ThreadId to, ThreadId from, l4::Timeouts timeouts, l4_message& message, Word* sender)
{
    l4::Message copy = to.is_nil() ? l4::Message{} : message_of(message);
    ThreadId const who = l4::ipc(to, from, timeouts, copy);
    Word const result = result_of(copy);
    store(copy, message);
    if (sender != nullptr) *sender = result == 0 ? who.raw() : L4_NILTHREAD;
    return result;
}

/// Flexpages in C are words.
struct Pages {
    l4::Fpage page[L4_MR_COUNT];
    std::size_t count;

    Pages(Word const* raw, std::size_t n) : count{std::min<std::size_t>(n, L4_MR_COUNT)}
    {
        std::transform(raw, raw + count, page, l4::Fpage::from_raw);
    }
};

} // namespace

std::size_t l4_received_string(l4_message const* message, unsigned n)
{
    return message_of(*message).received_string(n).value_or(~std::size_t{0});
}

Word l4_microseconds(Word count) { return l4::Time::microseconds(count).raw(); }

Word l4_send(Word to, l4_message const* message, Word timeout)
{
    auto const status = l4::send(ThreadId::from_raw(to), message_of(*message), time_of(timeout));
    return status ? 0 : status.error().raw();
}

Word l4_receive(Word from, l4_message* message, Word timeout, Word* sender)
{
    return ipc(l4::nilthread, ThreadId::from_raw(from), {l4::Time::never(), time_of(timeout)}, *message, sender);
}

Word l4_call(Word to, l4_message* message, Word timeouts)
{
    ThreadId const partner = ThreadId::from_raw(to);
    return ipc(partner, partner, {time_of(timeouts >> 16), time_of(timeouts)}, *message, nullptr);
}

Word l4_reply_wait(Word to, l4_message* message, Word* sender)
{
    l4::Message copy = message_of(*message);
    ThreadId const who = l4::reply_wait(ThreadId::from_raw(to), copy);
    Word const result = result_of(copy);
    store(copy, *message);
    if (sender != nullptr) *sender = who.raw();
    return result;
}

void l4_accept_mappings(Word window) { l4::accept_mappings(l4::Fpage::from_raw(window)); }
void l4_accept(Word window, l4_buffer const* buffers, std::size_t count)
{
    l4::StringBuffer spans[l4::Acceptor::max_buffers];
    count = std::min(count, l4::Acceptor::max_buffers);
    for (std::size_t n = 0; n < count; ++n) spans[n] = {static_cast<std::byte*>(buffers[n].start), buffers[n].size};
    l4::accept(l4::Fpage::from_raw(window), {spans, count});
}
void l4_sleep(Word microseconds) { l4::sleep(l4::Time::microseconds(microseconds)); }

Word l4_thread_control(Word dest, Word space, Word scheduler, Word pager, Word utcb_location)
{
    return result_of(l4::thread_control({.dest = ThreadId::from_raw(dest),
                                         .space = ThreadId::from_raw(space),
                                         .scheduler = ThreadId::from_raw(scheduler),
                                         .pager = ThreadId::from_raw(pager),
                                         .utcb_location = utcb_location}));
}

Word l4_space_control(Word space, Word control, Word kip_area, Word utcb_area, Word redirector)
{
    return result_of(l4::space_control({.space = ThreadId::from_raw(space),
                                        .control = control,
                                        .kip_area = l4::Fpage::from_raw(kip_area),
                                        .utcb_area = l4::Fpage::from_raw(utcb_area),
                                        .redirector = ThreadId::from_raw(redirector)}));
}

Word l4_set_priority(Word dest, Word priority)
{
    return result_of(l4::set_priority(ThreadId::from_raw(dest), priority));
}

Word l4_schedule(Word dest, Word time, Word priority, Word processor, Word preemption, Word* old_time)
{
    return l4::schedule({.dest = ThreadId::from_raw(dest),
                         .time = time,
                         .priority = priority,
                         .processor = processor,
                         .preemption = preemption},
                        old_time);
}

Word l4_associate_interrupt(Word line, Word handler)
{
    return result_of(l4::associate_interrupt(line, ThreadId::from_raw(handler)));
}

Word l4_unmap(Word page, int flush) { return l4::unmap(l4::Fpage::from_raw(page), flush != 0).raw(); }
void l4_unmap_pages(Word* raw, std::size_t count, int flush)
{
    Pages pages{raw, count};
    l4::unmap({pages.page, pages.count}, flush != 0);
    for (std::size_t n = 0; n < pages.count; ++n) raw[n] = pages.page[n].raw();
}

Word l4_memory_control(Word const* raw, std::size_t count, Word const attributes[4])
{
    if (count > L4_MR_COUNT) return L4_ERROR_INVALID_PARAMETER;
    Pages const pages{raw, count};
    return result_of(
        l4::memory_control({pages.page, pages.count}, {attributes[0], attributes[1], attributes[2], attributes[3]}));
}

Word l4_processor_control(Word processor, Word internal_khz, Word external_khz, Word millivolts)
{
    return result_of(l4::processor_control({.processor = processor,
                                            .internal_khz = internal_khz,
                                            .external_khz = external_khz,
                                            .millivolts = millivolts}));
}

void l4_exchange_registers(l4_registers* registers)
{
    l4::ExchangeRegistersArgs const old = l4::exchange_registers({.dest = ThreadId::from_raw(registers->dest),
                                                                  .control = registers->control,
                                                                  .sp = registers->sp,
                                                                  .ip = registers->ip,
                                                                  .flags = registers->flags,
                                                                  .user_defined_handle = registers->user_defined_handle,
                                                                  .pager = ThreadId::from_raw(registers->pager)});
    *registers = {old.dest.raw(), old.control, old.sp, old.ip, old.flags, old.user_defined_handle, old.pager.raw()};
}

Word l4_system_clock() { return l4::system_clock(); }
void l4_thread_switch(Word dest) { l4::thread_switch(ThreadId::from_raw(dest)); }

l4_kip const* l4_kernel_interface() { return &l4::kip(); }
l4_utcb* l4_my_utcb() { return &l4::my_utcb(); }
Word l4_my_global_id() { return l4::my_global_id().raw(); }

Word l4_console_open(Word console) { return l4::Console{ThreadId::from_raw(console)}.open() ? 0 : 1; }
void l4_console_write(Word console, char const* text, std::size_t size)
{
    l4::Console{ThreadId::from_raw(console)}.write({text, size});
}
