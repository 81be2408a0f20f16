// SPDX-License-Identifier: BSD-2-Clause
#include <l4/acceptor.hpp>
#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/sigma0.hpp>

namespace l4::sigma0 {

namespace {

constexpr Word any_address = ~Word{0x3ff};

/// The flexpage of the answer; nil if sigma0 refused or did not answer.
Fpage ask(Fpage page, Fpage window)
{
    Message message{protocol::sigma0};
    message.word(page.raw()).word(0);
    Acceptor const mappings{window};
    if (!call(sigma0_id(kip()), message)) return Fpage{};
    auto const item = message.received_map();
    return item ? item->page : Fpage{};
}

} // namespace

bool request(Word base, unsigned log2size, Fpage window)
{
    return !ask(Fpage::memory(base, log2size, Rights::rwx), window).is_nil();
}

std::optional<Word> request_any(unsigned log2size, Fpage window)
{
    // Bit 3 stays clear: with it, X.2's 'extended' form, a third word would be expected.
    Fpage const got = ask(Fpage::memory(any_address, log2size, Rights::rwx), window);
    if (got.is_nil()) return {};
    return got.base();
}

bool request_ports(Word first, unsigned log2count)
{
    return !ask(Fpage::ports(first, log2count), Fpage::complete()).is_nil();
}

} // namespace l4::sigma0
