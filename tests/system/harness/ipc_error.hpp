// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_IPC_ERROR_HPP
#define TESTS_SYSTEM_IPC_ERROR_HPP

#include <l4/ipc.hpp>
#include <l4/syscall.hpp>

namespace test {

/// ErrorCode after a failed IPC: phase in bit 0, reason above.
constexpr l4::Word send_error(l4::Word reason) { return reason << 1; }
constexpr l4::Word receive_error(l4::Word reason) { return reason << 1 | 1; }

/// One Ipc; 0 or its ErrorCode.
inline l4::Word ipc_result(l4::ThreadId to, l4::ThreadId from, l4::Timeouts timeouts, l4::Message& message)
{
    l4::ipc(to, from, timeouts, message);
    return message.tag().is_error() ? l4::last_error() : 0;
}
inline l4::Word send_result(l4::ThreadId to, l4::Time timeout)
{
    l4::Message message;
    return ipc_result(to, l4::nilthread, {timeout, l4::Time::never()}, message);
}
inline l4::Word receive_result(l4::ThreadId from, l4::Time timeout)
{
    l4::Message message;
    return ipc_result(l4::nilthread, from, {l4::Time::never(), timeout}, message);
}

inline constexpr l4::Time at_once = l4::Time::zero();
inline constexpr l4::Time soon = l4::Time::milliseconds(500);

} // namespace test

#endif
