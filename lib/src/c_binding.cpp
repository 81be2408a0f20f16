// SPDX-License-Identifier: BSD-2-Clause
//
// The C++ library in C's clothes.

#include <l4/console.hpp>
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/l4.h>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

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

} // namespace

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

Word l4_associate_interrupt(Word line, Word handler)
{
    return result_of(l4::associate_interrupt(line, ThreadId::from_raw(handler)));
}

Word l4_unmap(Word page, int flush) { return l4::unmap(l4::Fpage::from_raw(page), flush != 0).raw(); }
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
