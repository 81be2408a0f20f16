// SPDX-License-Identifier: BSD-2-Clause
#ifndef SIGMA0_POLICY_HPP
#define SIGMA0_POLICY_HPP

#include "region_pool.hpp"

#include <l4/kip.h>

#include <span>

namespace sigma0 {

/// Physical addresses have at most 52 bits on amd64.
constexpr Word memory_limit = Word{1} << 52;
constexpr Word port_limit = Word{1} << 16;

/// The parts of the kernel interface page from which the pools are made.
struct BootState {
    std::span<l4_kip_memory_desc const> memory;
    Range kernel, sigma0, sigma1, root_server; ///< images; empty if there is none
    ThreadId sigma1_id, root_server_id;
    /// Where sigma0's own kernel pages lie. Memory with these addresses is hidden from it, so it
    /// cannot be given: the kernel would send nothing.
    Range own_kip, own_utcbs;
};

/// Memory: the descriptors in their order, later ones override earlier ones; then the images, and
/// what no task may ever touch. False: the pool is too small for so many pieces.
bool set_up_memory(RegionPool& pool, BootState const& boot);

/// I/O ports: each is given once, except those which carry authority over the whole machine.
/// These are the root task's from the start, or nobody's if the kernel itself uses them.
bool set_up_ports(RegionPool& pool, ThreadId root_server);

} // namespace sigma0

#endif
