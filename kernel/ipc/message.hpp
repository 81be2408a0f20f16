// SPDX-License-Identifier: BSD-2-Clause
/// Where the message registers of a thread lie during an IPC.
#pragma once

#include "kernel/api/msg_tag.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

/// MR0 to MR7 of a user's IPC are CPU registers (X.2, amd64 appendix), the others lie in the UTCB.
/// A message that the kernel sends or receives on a thread's behalf lies in the TCB, so that the
/// thread's own registers stay untouched. The UTCB is user memory: every word is read once.
class MessageRegisters {
public:
    explicit MessageRegisters(Tcb& thread) : thread_{thread} {}

    Word read(unsigned index) const
    {
        if (thread_.ipc.purpose != IpcPurpose::user)
            return index < Tcb::kernel_message_words ? thread_.kernel_message[index] : 0;
        if (index < register_count) return thread_.frame.*registers[index];
        return *const_cast<Word volatile*>(&thread_.utcb->mr[index]);
    }

    /// Words beyond what the kernel takes on the thread's behalf are dropped.
    void write(unsigned index, Word value)
    {
        if (thread_.ipc.purpose != IpcPurpose::user) {
            if (index < Tcb::kernel_message_words) thread_.kernel_message[index] = value;
        } else if (index < register_count) {
            thread_.frame.*registers[index] = value;
        } else {
            thread_.utcb->mr[index] = value;
        }
    }

    MsgTag tag() const { return MsgTag{read(0)}; }

private:
    static constexpr unsigned register_count = 8;
    static constexpr Word TrapFrame::*registers[register_count] = {
        &TrapFrame::r9,  &TrapFrame::rax, &TrapFrame::rbx, &TrapFrame::r10,
        &TrapFrame::r12, &TrapFrame::r13, &TrapFrame::r14, &TrapFrame::r15,
    };

    Tcb& thread_;
};

} // namespace pecan
