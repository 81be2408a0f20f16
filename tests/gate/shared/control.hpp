// SPDX-License-Identifier: BSD-2-Clause
/// What the root server and the ring-1 server of the gate's tests have in common.
#pragma once

#include "l4/vcpu.h"

namespace gate_test {

using Word = unsigned long;

// Where the root server's pager puts things in the ring-1 server's half (all of them leaves of its own block of memory):
constexpr Word image_base = 0xffffffff80000000; ///< code and data, in 4 KiB pages
constexpr Word large_base = 0xffff888000000000; ///< one 2 MiB page
constexpr Word small_base = 0xffff888000200000; ///< 2 MiB in 4 KiB pages; the first is the control page
constexpr Word region_size = 0x200000;
constexpr Word control_address = small_base;
constexpr Word stack_top = small_base + 0x10000; ///< of the server's first thread
constexpr Word no_page = 0xffff900000000000;     ///< nothing is ever mapped here

/// The ends that a life of the server may come to.
enum class Ending : Word {
    reports, ///< it says so itself
    dies,    ///< a message of the kernel's, as control.expected has it
    loops,   ///< it never says anything and is ended; the other tasks run on
    any,     ///< whatever, as long as the other tasks run on
};

/// Requests of the ring-1 server to the root server: labels of its messages.
enum Request : Word {
    report_passed = 0x100,
    report_failed,
    ring,      ///< MR1: microseconds to wait, MR2: how often; rings after the answer
    revoke,    ///< MR1: address: the page is taken away (and given again at the next fault)
    give_port, ///< MR1: port: mapped with the answer
    note,      ///< control.text becomes a comment in the output
};

/// The kernel's message that an ending 'dies' waits for.
struct Expected {
    Word is_page_fault;               ///< otherwise an exception
    Word address;                     ///< of a page fault
    Word rip;                         ///< 0: any
    Word vector, other_vector, error; ///< of an exception; other_vector: 0, or one that is right as well
    Word has_registers; ///< compare `registers`: RBX R10 R12 R13 R14 R15 RAX RCX RDX RSI RDI RBP R8 R9 R11 RSP
    Word registers[16];
};

/// The page that both see. The root server fills in the first part before it starts a life.
struct Control {
    Word scenario, argument, root;
    Word instance;               ///< 0: the server under test; 1: the one that only works beside it
    Word instructions_are_ticks; ///< QEMU runs with -icount: the TSC counts instructions

    Word next;     ///< another life with this argument is to follow; 0: none
    Word progress; ///< how far an 'any' has come
    Word beat;     ///< counts as long as the server does something useful
    Expected expected;
    Word resume_count;            ///< so many exception messages are answered, with ...
    Word resume_skip, resume_rax; ///< ... RIP + skip and this RAX
    Word results[16];
    char text[512];
};
static_assert(sizeof(Control) <= 4096);

/// The scenarios, by their order in cases.def.
enum class Scenario : Word {
#define CASE(id, ending, name) id,
#include "tests/gate/cases.def"
#undef CASE
    count,
};

} // namespace gate_test
