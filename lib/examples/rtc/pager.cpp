// SPDX-License-Identifier: BSD-2-Clause
//
// A pager is a server whose requests the kernel writes: a thread that touches what it does not have sends, without
// knowing it, a page fault or an I/O fault. The answer is a map item, and the thread goes on.

#include "roles.hpp"

#include <l4/machine.hpp>
#include <l4/start.hpp>
#include <l4/typed.hpp>

namespace rtc_example {

namespace {

/// What the driver gets. It is ours, zeroed, and stays: our own pager is the root task.
struct alignas(l4::page_size) Page {
    unsigned char bytes[l4::page_size];
};
constinit Page pool[heap_pages]{};

std::optional<l4::MapItem> memory_for(Word address)
{
    if (!heap.contains(address)) return {};
    Word const page = l4::align_down(address, l4::page_size);
    Page& ours = pool[(page - heap.start) / l4::page_size];
    // Only what is mapped here can be mapped further.
    const_cast<unsigned char volatile&>(ours.bytes[0]) = 0;
    return l4::MapItem{l4::Fpage::memory(reinterpret_cast<Word>(&ours), l4::page_log2, l4::Rights::rw), page};
}

std::optional<l4::MapItem> ports_for(l4::Fpage wanted)
{
    l4::Fpage const rtc = l4::Fpage::ports(index_port, log2_ports);
    l4::Range const ports{rtc.first_port(), rtc.first_port() + rtc.port_count()};
    if (!ports.contains({wanted.first_port(), wanted.first_port() + wanted.port_count()})) return {};
    return l4::MapItem{rtc};
}

} // namespace

void be_pager(l4::ThreadId driver, l4::Console& console)
{
    // The first touch brings the ports from the root task, by an I/O fault of our own.
    (void)l4::in8(index_port);
    (void)l4::in8(data_port);

    l4::serve([&](l4::ThreadId sender, l4::Message const& message) -> std::optional<l4::Message> {
        if (sender != driver) return {}; // strangers get no answer
        std::optional<l4::MapItem> item;
        if (auto const fault = l4::page_fault_of(message)) {
            item = memory_for(fault->address);
            console.line("pager: {x} for ip {x}: {}", fault->address, fault->ip, item ? "lent" : "no such memory");
        } else if (auto const io_fault = l4::io_fault_of(message)) {
            item = ports_for(io_fault->ports);
            console.line("pager: port {x} for ip {x}: {}", io_fault->ports.first_port(), io_fault->ip,
                         item ? "lent" : "no such port");
        }
        // Without an answer the driver stays where it is: it cannot go on without what it asked for.
        if (!item) return {};
        return l4::map_answer(*item);
    });
}

} // namespace rtc_example
