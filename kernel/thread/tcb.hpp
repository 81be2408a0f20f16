// SPDX-License-Identifier: BSD-2-Clause
/// The thread control block.
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/api/thread_id.hpp"
#include "kernel/arch/x86/processor_state.hpp"
#include "kernel/arch/x86/pte.hpp"
#include "kernel/mapping/mapping_database.hpp"
#include "kernel/schedule/ready_queue.hpp"
#include "kernel/support/list.hpp"
#include "kernel/time/timeout_queue.hpp"
#include "kernel/trap/trap_frame.hpp"
#include "l4/utcb.h"

namespace pecan {

class Space;
class Tcb;
class Vcpu;
struct SenderTag;
struct SpaceThreadTag;

/// What a thread does, or waits for.
enum class State : std::uint8_t {
    dying,          ///< deleted while its space still has pages to give back: no ID finds it any more
    inactive,       ///< has no UTCB yet
    ready,          ///< runs or may run
    sending,        ///< stands in its partner's queue of senders
    receiving,      ///< waits for a message
    waiting_event,  ///< a vCPU that waits for an event
    idle_interrupt, ///< an interrupt thread whose line may fire
};

/// On whose behalf an IPC is done; it says where the message lies and what its end means.
enum class IpcPurpose : std::uint8_t {
    user,           ///< the thread's own system call: message registers
    start,          ///< a new thread waits for its first IP and SP
    page_fault,     ///< the reply may carry mappings; then the instruction is repeated
    io_fault,       ///< the same for ports
    exception,      ///< the reply carries registers
    transfer_fault, ///< a page fault in the middle of another IPC; then that goes on
    preemption,     ///< the total quantum is used up
    interrupt,      ///< an interrupt thread: the acknowledgement opens the line again
};

/// What a thread has still to do in the kernel before it goes on, when it next runs. A halted thread does it too.
enum class Pending : std::uint8_t {
    nothing,
    receive,      ///< the receive phase of a send that its receiver has finished
    transfer,     ///< a message to or from ipc.peer
    end_of_space, ///< of ending_space
};

/// Everything of an IPC that outlives the system call which began it.
struct IpcState {
    IpcPurpose purpose{IpcPurpose::user};
    bool in_receive_phase{false};
    bool drives{false}; ///< of the two parties of a long message, see peer
    std::uint16_t receive_timeout{0};
    ThreadId from{ThreadId::nil()};              ///< whom the receive phase accepts; nil: there is none
    ThreadId virtual_sender{ThreadId::nil()};    ///< in whose name the message is sent (X.2, propagation)
    ThreadId intended_receiver{ThreadId::nil()}; ///< to whom it was sent that went to the redirector
    /// The other party while a long message is in transfer. One of the two drives it, the other waits.
    Tcb* peer{nullptr};
};

/// Runs through the pieces of one string, as the registers name them.
struct StringCursor {
    unsigned next{0}, end{0};  ///< registers: the next to read, and the first that is none
    unsigned pointers{0};      ///< of the current descriptor, still to read
    bool continues{false};     ///< another descriptor of the same string follows
    bool is_first{false};      ///< no descriptor has been read
    bool has_successor{false}; ///< a buffer: another one follows (C of the first descriptor)
    Word piece_size{0};
    Word at{0}, left{0}; ///< of the current piece
};

/// How far a message with typed items is; in the sender's control block.
struct MessageTransfer {
    enum class Kind : std::uint8_t { none, map, string };
    unsigned next{0}, end{0}; ///< message registers
    Kind kind{Kind::none};    ///< the item that is not done
    bool has_buffer{false};   ///< the receiver's buffer registers have been looked at
    bool has_deadline{false}; ///< by transfer timeouts, which run from the first fault
    bool sender_is_shorter{false};
    Word copied{0}; ///< bytes, of all strings
    MapOperation map{};
    StringCursor string{}, buffer{};
    Tcb* faulter{nullptr}; ///< whose page is missing
    Word fault_address{0};
    Rights fault_access{Rights::none()};
};

/// How far an Unmap has come that is executed in several turns.
struct LongUnmap {
    unsigned item{0};
    Word offset{0};
    PageStatus status{};
};

/// A moment at which something happens to a thread.
struct ThreadTimeout : Timeout {
    enum class Meaning : std::uint8_t { ipc, transfer, vcpu_deadline };
    ThreadTimeout(Tcb& owner, Meaning what) : thread{owner}, meaning{what} {}
    Tcb& thread;
    Meaning meaning;
};

/// One kernel page: registers first, so that an entry may push right into them, the FPU state last.
class alignas(64) Tcb : public Link<ReadyTag>, public Link<SenderTag>, public Link<SpaceThreadTag> {
public:
    static constexpr int kernel_message_words = 21;

    Tcb(ThreadId id, Space* space);

    TrapFrame frame{};

    // Identity. The UTCB is named by its kernel alias; 'local_id' is its user address.
    ThreadId id;
    Space* space;
    l4_utcb* utcb{nullptr};
    Word utcb_location{~Word{0}}; ///< where ThreadControl wants it; all ones: not said yet
    Word local_id{0};
    Vcpu* vcpu{nullptr};

    // State.
    State state{State::inactive};
    bool halted{false};
    Pending pending{Pending::nothing};
    /// The last thread has left it, by this thread's doing.
    Space* ending_space{nullptr};
    IpcState ipc;
    IpcState outer_ipc; ///< the one in which there was a transfer fault
    MessageTransfer transfer;
    /// From whom the short way of Ipc may deliver at once: all of its conditions on the receiver but the priority in one
    /// word (fast_ipc.S). Nilthread, or ipc.from.
    ThreadId fast_sender{ThreadId::nil()};
    /// Threads that want to send here, and threads in a closed receive from here. A thread is in one list at most. Who got
    /// its message stays among the waiters until it joins another list: it will often wait here again.
    List<Tcb, SenderTag> senders;
    List<Tcb, SenderTag> waiters;
    Tcb* waits_at{nullptr}; ///< among whose waiters it stands
    LongUnmap long_unmap;
    MappingCursors unmap_cursors, map_cursors;
    ThreadTimeout timeout{*this, ThreadTimeout::Meaning::ipc};
    ThreadTimeout transfer_timeout{*this, ThreadTimeout::Meaning::transfer}; ///< of the message that this thread sends
    Word kernel_message[kernel_message_words]{};

    // Scheduling. Times are in TSC ticks; 0 means infinite.
    ThreadId scheduler{ThreadId::nil()};
    Priority priority_{100};
    Word time_slice{0};
    Word slice_left{0};
    Word total_quantum{0};
    Word quantum_left{0};
    /// Its quantum is used up: it runs again when Schedule gives it another.
    bool awaits_quantum{false};
    /// Against its s flag: its exception handler hears of it before the thread goes on.
    bool was_preempted{false};
    /// Up to this priority others may be kept waiting by the d flag, for max_delay altogether.
    Priority sensitive_priority{100};
    Word max_delay{0};
    Word delay_left{0};
    Tsc delay_end{0}; ///< of the delay that goes on; 0: none does
    /// The least priority of a receiver to which the short way of Ipc may switch: the thread's own; none is high enough
    /// if it is metered. Kept by note_priority().
    std::uint16_t least_receiver{100};
    static constexpr std::uint16_t above_all = 256;

    /// What the CPU holds of a thread beside the frame.
    x86::ProcessorState processor;

    Priority priority() const { return priority_; }
    bool is_active() const { return utcb != nullptr; }
    bool is_runnable() const
    {
        return state == State::ready && (pending != Pending::nothing || (!halted && !awaits_quantum));
    }
    /// It has a quantum or a delay, which each switch of threads must look at.
    bool is_metered() const { return least_receiver == above_all; }
    bool is_out_of_quantum() const { return total_quantum != 0 && quantum_left == 0; }
    ThreadId local() const { return ThreadId{local_id}; }
};

} // namespace pecan
