// SPDX-License-Identifier: BSD-2-Clause
/// The half of an address space that a server gives to one of its processes.
#pragma once

#include "kernel/space/page_table.hpp"
#include "l4/vcpu.h"

namespace pecan {

/// Results of the client calls: 0 or more, or one of these.
enum class ClientError : long {
    invalid = L4_VCPU_EINVAL,
    stale_generation = L4_VCPU_EAGAIN,
    no_memory = L4_VCPU_ENOMEM,
    no_access = L4_VCPU_EACCESS,
};

struct ClientCounters {
    Word generation{0}; ///< unmaps: a map that was decided before one of them is refused
    Word maps{0};       ///< map calls
};

/// A client other than 0. UP: the kernel runs with interrupts off; with more processors, a lock of the server.
class ClientSpace {
public:
    ClientSpace(KernelMemory& memory, Quota& quota) : page_table_{memory, quota, TableKind::client} {}
    PageTable& page_table() { return page_table_; }

    ClientCounters counters;
    /// DESTROY has begun: nothing but that can be done with it.
    bool is_dying{false};

private:
    PageTable page_table_;
};

} // namespace pecan
