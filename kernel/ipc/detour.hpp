// SPDX-License-Identifier: BSD-2-Clause
/// Messages that do not go straight from one to the other: in another's name, or by a redirector (X.2, 5.7).
#pragma once

#include "kernel/thread/tcb.hpp"

namespace pecan {

/// In whose name `sender` sends: its own, or (propagation) that of another.
Tcb const& named_sender(Tcb const& sender);

/// The thread in whose name `caller` may and wants to send to `to`; nilthread: its own.
ThreadId virtual_sender_for(Tcb const& caller, Tcb const& to);

/// The thread that gets a message of `sender` for `to`: that one, in the sender's space or in its redirector's, else
/// the redirector. nullptr: nobody.
Tcb* redirect(Tcb const& sender, Tcb& to);

/// A message has arrived: flags and TCRs say how, and a virtual sender that waits for the real one's answer now waits
/// for the receiver's.
void note_detours(Tcb& sender, Tcb& receiver);

} // namespace pecan
