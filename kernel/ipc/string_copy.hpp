// SPDX-License-Identifier: BSD-2-Clause
/// Strings of a message (X.2, 5.4 and 5.5): gathered from the sender's pieces, scattered to the receiver's.
#pragma once

#include "kernel/ipc/transfer.hpp"

namespace pecan {

/// The string item at sender.transfer.next.
TransferStep start_string(Tcb& sender, Tcb& receiver, Budget& budget);
TransferStep continue_string(Tcb& sender, Tcb& receiver, Budget& budget);

} // namespace pecan
