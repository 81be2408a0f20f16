// SPDX-License-Identifier: BSD-2-Clause
/// Spaces come with their first thread and go with their last.
#pragma once

#include "kernel/space/space.hpp"
#include "kernel/support/result.hpp"

namespace pecan {

Result<Space*, Error> create_space(SpaceKind kind);

/// Makes a space without threads a server, with room for clients.
Result<Ok, Error> make_server(Space& space);

/// Gives everything back that a space without threads has. In steps: call until done.
Progress destroy_space(Space& space, Budget& budget);

/// The UTCB frame for a UTCB at `start`; made and pinned if it is the first of its page.
Result<Ok, Error> back_utcb(Space& space, VirtAddr start);

} // namespace pecan
