// SPDX-License-Identifier: BSD-2-Clause
/// The message itself: words, then typed items in order (X.2, 5.1 to 5.3).
#pragma once

#include "kernel/thread/tcb.hpp"

namespace pecan {

/// Moves the sender's message into the receiver's registers and executes its map and grant items.
/// False: message overflow (an item that is malformed, not accepted, or for which there is no memory);
/// items before it stay in effect.
[[nodiscard]] bool transfer(Tcb& sender, Tcb& receiver);

} // namespace pecan
