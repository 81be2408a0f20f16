// SPDX-License-Identifier: BSD-2-Clause
/// The message itself: words, then typed items in order (X.2, 5.1 to 5.3).
#pragma once

#include "kernel/space/progress.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

enum class [[nodiscard]] TransferStep{
    done,
    again,        ///< not done yet; anybody may run in between
    page_missing, ///< see sender.transfer.faulter
    overflow, ///< an item that is malformed, not accepted, or for which there is no memory; those before stay in effect
};

/// Moves the sender's words into the receiver's registers and executes its items. How far it is stands in
/// sender.transfer.
TransferStep start_transfer(Tcb& sender, Tcb& receiver, Budget& budget);
TransferStep continue_transfer(Tcb& sender, Tcb& receiver, Budget& budget);

} // namespace pecan
