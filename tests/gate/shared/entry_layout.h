/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that the server's assembly needs; server.hpp asserts each against the type it comes from. */
#ifndef GATE_TEST_ENTRY_LAYOUT
#define GATE_TEST_ENTRY_LAYOUT

#define VCPU_IRQ_ENABLED 0
#define VCPU_PENDING 1
#define VCPU_CLIENT_GS_BASE 32

#define FRAME_RAX 112
#define FRAME_ERROR 128
#define FRAME_CS 144
#define FRAME_RFLAGS 152
#define FRAME_SIZE 176
/* From the saved registers to the frame that IRETQ pops. */
#define EXIT_DELTA 136

#define CAUSE_SYSCALL 0x100
#define CAUSE_SYSCALL32 0x101
#define CAUSE_EVENT 0x102

/* Where a client finds its pages. */
#define CLIENT_CODE 0x400000
#define CLIENT_DATA 0x500000
#define CLIENT_STACK 0x600000
#define CLIENT_STACK_TOP 0x601000
#endif
