// SPDX-License-Identifier: BSD-2-Clause
/// ErrorCode values of the system calls (X.2, ErrorCode TCR).
#pragma once

#include "kernel/support/address.hpp"
#include "l4/types.h"

namespace pecan {

enum class Error : Word {
    ok = L4_ERROR_OK,
    no_privilege = L4_ERROR_NO_PRIVILEGE,
    invalid_thread = L4_ERROR_INVALID_THREAD,
    invalid_space = L4_ERROR_INVALID_SPACE,
    invalid_scheduler = L4_ERROR_INVALID_SCHEDULER,
    invalid_parameter = L4_ERROR_INVALID_PARAMETER,
    utcb_area = L4_ERROR_UTCB_AREA,
    kip_area = L4_ERROR_KIP_AREA,
    no_memory = L4_ERROR_NO_MEMORY,
};

} // namespace pecan
