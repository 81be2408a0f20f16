// SPDX-License-Identifier: BSD-2-Clause
/// Exceptions of ordinary tasks.
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

/// The right that a page fault asks for: exactly one (X.2, page-fault protocol).
constexpr Rights wanted_rights(Word error_code)
{
    constexpr Word write = 2, fetch = 16;
    if ((error_code & write) != 0) return Rights{L4_RIGHT_W};
    if ((error_code & fetch) != 0) return Rights{L4_RIGHT_X};
    return Rights{L4_RIGHT_R};
}

/// Handles the exception in thread.frame: KernelInterface, faults for the pager, exceptions for the handler.
void handle_user_exception(Tcb& thread);

} // namespace pecan
