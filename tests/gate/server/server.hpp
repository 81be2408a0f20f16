// SPDX-License-Identifier: BSD-2-Clause
/// A small server in ring 1 with clients in ring 3, and what its test scenarios are written with.
///
/// A scenario is a function that runs in ring 1. The first check() that fails ends it and is reported.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <new>

#include "l4/kip.h"
#include "l4/utcb.h"
#include "l4/vcpu.h"
#include "tests/gate/shared/control.hpp"
#include "tests/gate/shared/entry_layout.h"

namespace gate_test {

/// All that an entry finds: saved registers, what happened, and the frame that the gate pushed.
struct Frame {
    Word r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
    Word vector, error;
    Word rip, cs, rflags, rsp, ss;
};
static_assert(offsetof(Frame, rax) == FRAME_RAX && offsetof(Frame, error) == FRAME_ERROR);
static_assert(offsetof(Frame, cs) == FRAME_CS && offsetof(Frame, rflags) == FRAME_RFLAGS);
static_assert(sizeof(Frame) == FRAME_SIZE && offsetof(Frame, rip) == EXIT_DELTA);
static_assert(offsetof(l4_vcpu, irq_enabled) == VCPU_IRQ_ENABLED && offsetof(l4_vcpu, pending) == VCPU_PENDING);
static_assert(offsetof(l4_vcpu, client_gs_base) == VCPU_CLIENT_GS_BASE);

extern "C" {
extern l4_vcpu* vcpu_page;
extern Word entry_flags, entry_gs_base, entry_irq_enabled, entry_frame, attempt_rsp;
extern Word registers_at_exit[15];
extern bool attempt_armed;
extern char server_entries[], server_entry_syscall[], server_entry_syscall32[], server_entry_event[];
extern char null_entry_syscall[], full_entry_syscall[];
extern char exit_start[], exit_iret[], exit_end[], exit_pending_call[];
extern char client_code_start[], client_code_end[];
bool attempt_call(void (*f)(Word, Word), Word a, Word b);
void attempt_recover();
void run_client_frame(Frame* frame);
void run_client_by(void (*way_out)(Word, Word), Word a);
void leave_by_exit(Word frame, Word);
// pieces.S
void raise_ud2(Word, Word);
void raise_ud2_on_stack(Word stack, Word);
void raise_ud2_with_patterns(Word stack);
extern char raise_ud2_on_stack_fault[], raise_ud2_with_patterns_fault[];
Word send_receive(Word to, Word from, Word utcb, Word stub, Word const* mr);
}

inline l4_vcpu volatile& vcpu() { return *vcpu_page; }
inline Control volatile& control() { return *reinterpret_cast<Control volatile*>(control_address); }

// ---- Calls ---------------------------------------------------------------------------------------------------------

/// A vCPU call. `second`: where RDX goes.
Word vcpu_call(Word operation, Word rdi = 0, Word rsi = 0, Word rdx = 0, Word r8 = 0, Word* second = nullptr);
inline constexpr Word failed(long error) { return static_cast<Word>(error); }

/// A request to the root server, and its answer's first word.
Word request(Request what, Word a = 0, Word b = 0);

// ---- Verdicts ------------------------------------------------------------------------------------------------------

[[noreturn]] void passed();
[[noreturn]] void fail(char const* what, Word wanted, Word seen);
inline void check(char const* what, bool condition)
{
    if (!condition) fail(what, 1, 0);
}
inline void check_equal(char const* what, Word wanted, Word seen)
{
    if (wanted != seen) fail(what, wanted, seen);
}
/// A line of output: text and a number.
void say(char const* text, Word number);

/// From here on the kernel's message ends the life: an exception at `rip` ...
void expect_death(Word vector, Word error, Word rip);
/// ... or a page fault that the pager hears of.
void expect_page_fault(Word address, Word rip);

// ---- Entries -------------------------------------------------------------------------------------------------------

/// Registers the usual entries: all vectors, syscalls, events, stacks, exit section.
void register_entries();
/// The vCPU as it was at the start: nothing registered, events masked.
void unregister_entries();
inline Word entry_of(unsigned vector) { return reinterpret_cast<Word>(server_entries) + 16 * vector; }

/// The end of a stack that nothing uses but entries from the client, and of the one for double faults.
Word entry_stack_top();
Word spare_stack_top();

/// What an attempt ended in.
struct Fault {
    bool happened;
    Frame frame; ///< as the handler saw it
    Word cr2, dr6;
};
/// Runs something that may fault, with whatever it does to the registers.
Fault attempt(void (*f)(Word, Word), Word a = 0, Word b = 0);

/// Events taken so far, in sum and by number of entries into the event entry.
struct Events {
    Word bits, entries, at_exit;
    Frame last;  ///< the frame of the last event entry that interrupted the server
    Word loaded; ///< how many registers the exit section had loaded when it last met an event
};
extern Events events;
/// An exception of the server that no attempt waits for is no failure.
extern bool exceptions_end_life;
/// Takes what is pending.
void take_events();

inline void mask_events() { vcpu().irq_enabled = 0; }
/// Unmasks, and takes what came meanwhile.
void unmask_events();

inline Word time_stamp()
{
    Word low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return high << 32 | low;
}
inline Word microseconds(Word n) { return n * vcpu().tsc_khz / 1000; }

inline Word read_gs_base()
{
    Word v;
    asm volatile("rdgsbase %0" : "=r"(v));
    return v;
}
inline void write_gs_base(Word v) { asm volatile("wrgsbase %0" : : "r"(v)); }

// ---- Clients -------------------------------------------------------------------------------------------------------

/// A client with the common code, a page of data and a stack; its pages are the nth set of the small region.
struct Client {
    Word number;
    Word data; ///< its page of data, as the server sees it
    Frame frame;
};
Client make_client(unsigned n);

/// Maps `count` pages from consecutive addresses of the server; the result of the call.
Word map_pages(Word client, Word address, Word source, Word count, Word rights, Word log2size = 12,
               Word generation = L4_ANY_GENERATION);

/// Where code of the `.client` section is for the client.
inline Word in_client(void const* code)
{
    return CLIENT_CODE + (reinterpret_cast<Word>(code) - reinterpret_cast<Word>(client_code_start));
}

/// Lets the client run at its frame until it is left; the new frame.
Frame const& run(Client& client);
/// The same from this code on, with fresh registers.
Frame const& run_at(Client& client, void const* code);

/// As the client was left last.
extern Frame left_frame;

/// Fresh registers, each with its own pattern.
void set_patterns(Frame& frame);
void check_patterns(Frame const& frame, bool with_syscall_registers);

// ---- Instructions that fault ---------------------------------------------------------------------------------------

/// An instruction and what it ends in: made by snippets.S, once for ring 1 and once for ring 3.
struct Snippet {
    char const* name;
    Word start, fault; ///< entry point; address of the instruction that faults (for a trap: behind it)
    Word vector, error;
    Word address;      ///< of a page fault
    Word other_vector; ///< 0, or what it may end in on another CPU
};
inline void check_vector(Snippet const& s, Word seen)
{
    if (seen != s.vector && (s.other_vector == 0 || seen != s.other_vector)) fail(s.name, s.vector, seen);
}
extern "C" Snippet const server_snippets[], server_snippets_end[], client_snippets[], client_snippets_end[];
extern "C" Snippet const server_privileged[], server_privileged_end[], client_privileged[], client_privileged_end[];

} // namespace gate_test
