// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_ERROR_HPP
#define L4_ERROR_HPP

#include <l4/word.hpp>

namespace l4 {

/// Why a system call failed: ErrorCode after any call but Ipc (X.2, ErrorCode TCR).
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
char const* name_of(Error error);

/// Why an IPC failed: ErrorCode after Ipc (X.2, 5.3).
class IpcError {
public:
    enum class Reason : Word {
        unexpected_answer = 0, ///< not the kernel's word: the partner said something else than was asked for
        timeout = L4_IPC_TIMEOUT,
        no_partner = L4_IPC_NO_PARTNER,
        cancelled = L4_IPC_CANCELLED,
        overflow = L4_IPC_OVERFLOW,
        transfer_timeout = L4_IPC_XFER_TIMEOUT_MINE,
        partners_transfer_timeout = L4_IPC_XFER_TIMEOUT_PARTNER,
        aborted = L4_IPC_ABORTED,
    };

    constexpr IpcError() = default;
    static constexpr IpcError from_raw(Word raw)
    {
        IpcError error;
        error.raw_ = raw;
        return error;
    }

    constexpr Word raw() const { return raw_; }
    constexpr Reason reason() const { return static_cast<Reason>(raw_ >> 1 & 7); }
    constexpr bool is_in_receive_phase() const { return (raw_ & 1) != 0; }
    /// Bytes of strings that went over before the failure.
    constexpr Word offset() const { return raw_ >> 4; }
    constexpr bool operator==(IpcError const&) const = default;

private:
    Word raw_ = 0;
};
char const* name_of(IpcError error);

} // namespace l4

#endif
