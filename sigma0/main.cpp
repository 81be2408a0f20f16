// SPDX-License-Identifier: BSD-2-Clause
//
// Sigma0, the initial pager: owns all memory and all ports that the kernel does not keep, and
// gives them out. What to whom: policy.hpp. In which words: protocol.hpp.

#include "policy.hpp"
#include "protocol.hpp"

#include <l4/ipc.hpp>
#include <l4/kip.hpp>
#include <l4/start.hpp>
#include <l4/typed.hpp>
#include <l4/utcb.hpp>

namespace {

constinit sigma0::RegionPool memory{sigma0::memory_limit};
constinit sigma0::RegionPool ports{sigma0::port_limit};

/// X.2 kernels give an initial server room for so many UTCBs, its own first.
constexpr l4::Word own_utcb_count = 256;

sigma0::BootState boot_state(l4_kip const& kip)
{
    auto const image = [](l4_kip_server const& server) { return l4::Range{server.low, server.high}; };
    auto const kip_address = reinterpret_cast<l4::Word>(&kip);
    auto const utcbs = reinterpret_cast<l4::Word>(&l4::my_utcb());
    return {
        .memory = l4::memory_descriptors(kip),
        .kernel = {kip.debugger[2], kip.debugger[3]}, // the box of the kernel debugger: init, entry, low, high
        .sigma0 = image(kip.sigma0),
        .sigma1 = image(kip.sigma1),
        .root_server = image(kip.root_server),
        .sigma1_id = l4::ThreadId::global(L4_KIP_USER_BASE(&kip) + 1, 1),
        .root_server_id = l4::root_server_id(kip),
        .own_kip = {kip_address, kip_address + (l4::Word{1} << (kip.kip_area_info & 0x3f))},
        .own_utcbs = {utcbs, l4::utcb_location(utcbs, own_utcb_count)},
    };
}

} // namespace

void server_main()
{
    sigma0::BootState const boot = boot_state(l4::kip());
    // Half a memory map is not safe to give from; better that nobody gets anything.
    if (!sigma0::set_up_memory(memory, boot) || !sigma0::set_up_ports(ports, boot.root_server_id)) l4::stop();

    sigma0::Protocol protocol{memory, ports, boot.root_server_id};
    l4::serve([&](l4::ThreadId sender, l4::Message const& message) { return protocol.answer(sender, message); });
}
