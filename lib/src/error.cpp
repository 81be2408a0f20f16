// SPDX-License-Identifier: BSD-2-Clause
#include <l4/error.hpp>

namespace l4 {

char const* name_of(Error error)
{
    switch (error) {
    case Error::ok: return "no error";
    case Error::no_privilege: return "no privilege";
    case Error::invalid_thread: return "invalid thread";
    case Error::invalid_space: return "invalid space";
    case Error::invalid_scheduler: return "invalid scheduler";
    case Error::invalid_parameter: return "invalid parameter";
    case Error::utcb_area: return "invalid UTCB area";
    case Error::kip_area: return "invalid KIP area";
    case Error::no_memory: return "no memory";
    }
    return "unknown error";
}

char const* name_of(IpcError error)
{
    using Reason = IpcError::Reason;
    switch (error.reason()) {
    case Reason::unexpected_answer: return "unexpected answer";
    case Reason::timeout: return "timeout";
    case Reason::no_partner: return "no such partner";
    case Reason::cancelled: return "cancelled";
    case Reason::overflow: return "message overflow";
    case Reason::transfer_timeout: return "transfer timeout";
    case Reason::partners_transfer_timeout: return "the partner's transfer timeout";
    case Reason::aborted: return "aborted";
    }
    return "unknown error";
}

} // namespace l4
