// SPDX-License-Identifier: BSD-2-Clause
#include "protocol.hpp"

#include <l4/typed.hpp>

namespace sigma0 {

using l4::Fpage;
using l4::Message;
using l4::Rights;

namespace {

constexpr Word any_address = ~Word{0x3ff};
/// Bit 3 of a request's flexpage: MR3 holds the address bits from 32 up.
constexpr Word extended = 8;
/// An extension of L4Ka::Pistachio's sigma0, for the root server: verbosity, and a dump.
constexpr Word label_extension = L4_LABEL(-1001L, 0);
constexpr Word extension_dump = 2;

/// Everything is sent idempotently: the send base is the address itself.
Message map_answer(Fpage page) { return l4::map_answer({page, page.is_io() ? 0 : page.base()}); }

/// Fewer rights are never asked for: sigma0 gives all it has.
Fpage memory_page(Word base, unsigned log2size) { return Fpage::memory(base, log2size, Rights::rwx); }

} // namespace

std::optional<Message> Protocol::answer(ThreadId sender, Message const& message)
{
    l4::MsgTag const tag = message.tag();
    if (tag.typed() != 0 || sender.is_nil()) return {};
    if (tag.label() == l4::protocol::sigma0 && (tag.untyped() == 2 || tag.untyped() == 3))
        return map_answer(request(sender, message));
    if (tag.untyped() != 2) return {};
    if (auto const fault = l4::page_fault_of(message)) return page_fault(sender, fault->address);
    if (auto const fault = l4::io_fault_of(message)) return io_fault(sender, fault->ports);
    if (tag.label() == label_extension) return extension(sender, message);
    return {};
}

Fpage Protocol::request(ThreadId sender, Message const& message)
{
    Word const raw = message.mr(1);
    Word const attributes = message.mr(2);
    if (attributes != 0) return {}; // only the default; we have no means to change what the kernel enters
    Fpage const page = Fpage::from_raw(raw);
    if (page.is_io()) return request_ports(sender, page);
    // Before bit 3 is looked at: the classic headers set it in 'any' requests by accident.
    if ((raw & any_address) == any_address) return request_any(sender, page.log2size());

    Word base = L4_FPAGE_BASE(raw);
    if (message.tag().untyped() == 3 && (raw & extended) != 0) base = (base & 0xffffffff) | message.mr(3) << 32;
    return request_memory(sender, base, page.log2size());
}

Fpage Protocol::request_memory(ThreadId sender, Word base, unsigned log2size)
{
    // A size of 2 means 'the complete space', which nobody gets. The pool's limit does the rest.
    if (log2size < l4::page_log2 || log2size >= 52) return {};
    Word const size = Word{1} << log2size;
    Word const start = l4::align_down(base, size);
    if (start > ~Word{0} - size || !memory_.claim({start, start + size}, sender)) return {};
    return memory_page(start, log2size);
}

Fpage Protocol::request_any(ThreadId sender, unsigned log2size)
{
    if (log2size < l4::page_log2) return {};
    auto const base = memory_.claim_any(log2size, sender);
    return base ? memory_page(*base, log2size) : Fpage{};
}

Fpage Protocol::request_ports(ThreadId sender, Fpage ports)
{
    if (ports.log2_port_count() > 16) return {};
    Word const first = ports.first_port();
    if (!ports_.claim({first, first + ports.port_count()}, sender)) return {};
    return Fpage::ports(first, ports.log2_port_count());
}

std::optional<Message> Protocol::page_fault(ThreadId sender, Word address)
{
    Word const page = l4::align_down(address, l4::page_size);
    // No answer to a fault that is refused: the kernel would let the thread run into the same
    // fault for ever, at a priority that leaves nothing to anyone else. So it stays where it is.
    if (page > ~Word{0} - l4::page_size || !memory_.claim_by_fault({page, page + l4::page_size}, sender)) return {};
    return map_answer(memory_page(page, l4::page_log2));
}

std::optional<Message> Protocol::io_fault(ThreadId sender, Fpage ports)
{
    // A refusal is no answer here either.
    Fpage const given = request_ports(sender, ports);
    return given.is_nil() ? std::optional<Message>{} : map_answer(given);
}

std::optional<Message> Protocol::extension(ThreadId sender, Message const& message)
{
    // There is nothing to dump to: sigma0 has no console. But the caller may wait for the end of it.
    if (sender == root_server_ && message.mr(1) == extension_dump && message.mr(2) != 0) return Message{0};
    return {};
}

} // namespace sigma0
