// SPDX-License-Identifier: BSD-2-Clause
#ifndef SIGMA0_PROTOCOL_HPP
#define SIGMA0_PROTOCOL_HPP

#include "region_pool.hpp"

#include <l4/message.hpp>

#include <optional>

namespace sigma0 {

/// What sigma0 answers to which message (X.2, chapter 'Sigma0 RPC protocol').
class Protocol {
public:
    Protocol(RegionPool& memory, RegionPool& ports, ThreadId root_server)
        : memory_{memory}, ports_{ports}, root_server_{root_server}
    {
    }

    /// The answer, or nothing: the sender did not speak the protocol and may time out.
    std::optional<l4::Message> answer(ThreadId sender, l4::Message const& request);

private:
    /// The flexpage to map; nilpage to refuse.
    l4::Fpage request(ThreadId sender, l4::Message const& message);
    l4::Fpage request_memory(ThreadId sender, Word base, unsigned log2size);
    l4::Fpage request_any(ThreadId sender, unsigned log2size);
    l4::Fpage request_ports(ThreadId sender, l4::Fpage ports);
    std::optional<l4::Message> page_fault(ThreadId sender, Word address);
    std::optional<l4::Message> io_fault(ThreadId sender, l4::Fpage ports);
    std::optional<l4::Message> extension(ThreadId sender, l4::Message const& message);

    RegionPool& memory_;
    RegionPool& ports_;
    ThreadId root_server_;
};

} // namespace sigma0

#endif
