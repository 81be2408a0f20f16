/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that fault, each with the vector, error code and fault address that it must have. The same
 * lists are assembled for ring 1, where a snippet ends with RET, and for ring 3, where it ends with SYSCALL.
 */
#include "kernel/arch/x86/gate/layout.hpp"
#include "tests/gate/shared/entry_layout.h"

/* BEGIN "title", setup instructions, FAULT or TRAP instruction, END vector, error code, fault address. */
.macro BEGIN title
    .pushsection .rodata.titles, "a", @progbits
    .set snippet_title, .
    .asciz "\title"
    .popsection
    .balign 16
    .set snippet_start, .
.endm
.macro FAULT instruction:vararg
    .set snippet_fault, .
    \instruction
.endm
.macro TRAP instruction:vararg
    \instruction
    .set snippet_fault, .
.endm
/* The fault's RIP is where the snippet jumped to. */
.macro FAULT_AT address, instruction:vararg
    .set snippet_fault, \address
    \instruction
.endm
.macro END vector, error=0, address=0, other_vector=0
    LEAVE
    TO_TABLE
    .quad snippet_title, snippet_start, snippet_fault, \vector, \error, \address, \other_vector
    .popsection
.endm

#define NOT_CANONICAL 0x8000000000000000
#define ABSENT_UPPER 0xffff900000000000

/* ---- ring 1 ---- */
.macro LEAVE
    ret
.endm
.macro TO_TABLE
    .pushsection .rodata.server_snippets, "a", @progbits
.endm
#define USER_BIT 0
#define ABSENT ABSENT_UPPER
#define READ_ONLY server_text
#define NO_EXECUTE no_execute_page
    .section .text.snippets, "ax", @progbits
server_text:
    nop
#include "tests/gate/server/snippets.inc"
.purgem TO_TABLE
.macro TO_TABLE
    .pushsection .rodata.server_privileged, "a", @progbits
.endm
#include "tests/gate/server/privileged.inc"

.purgem LEAVE
.purgem TO_TABLE
#undef USER_BIT
#undef ABSENT
#undef READ_ONLY
#undef NO_EXECUTE

/* ---- ring 3 ---- */
.macro LEAVE
    syscall
.endm
.macro TO_TABLE
    .pushsection .rodata.client_snippets, "a", @progbits
.endm
#define USER_BIT 4
#define ABSENT 0x700000
#define READ_ONLY CLIENT_CODE
#define NO_EXECUTE CLIENT_DATA
    .section .client, "ax", @progbits
#include "tests/gate/server/snippets.inc"

BEGIN "a page of the server is read"
    mov $0xffffffff80000000, %rax
FAULT mov (%rax), %rax
END 14, 5, 0xffffffff80000000
BEGIN "a page of the server is written"
    mov $0xffffffff80000000, %rax
FAULT movb $0, (%rax)
END 14, 7, 0xffffffff80000000
BEGIN "the stub page is read"
    mov $STUB_PAGE, %rax
FAULT mov (%rax), %rax
END 14, 5, STUB_PAGE
BEGIN "the stub page is called"
    mov $STUB_PAGE, %rax
FAULT_AT STUB_PAGE, call *%rax
END 14, 0x15, STUB_PAGE
BEGIN "the stub of the vCPU calls is called"
    mov $STUB_PAGE+704, %rax
FAULT_AT STUB_PAGE+704, call *%rax
END 14, 0x15, STUB_PAGE+704
BEGIN "the gate's text is jumped to"
    mov $GATE_TEXT, %rax
FAULT_AT GATE_TEXT, jmp *%rax
END 14, 0x15, GATE_TEXT
BEGIN "the gate's scratch page is written"
    mov $GATE_SCRATCH, %rax
FAULT mov %rax, (%rax)
END 14, 7, GATE_SCRATCH
BEGIN "the vCPU window is read"
    mov $VCPU_WINDOW, %rax
FAULT mov (%rax), %rax
END 14, 5, VCPU_WINDOW
BEGIN "the microkernel's half is jumped to"
    mov $KERNEL_BASE, %rax
FAULT_AT KERNEL_BASE, jmp *%rax
END 14, 0x14, KERNEL_BASE
BEGIN "lock; nop is an invalid opcode"
FAULT .byte 0xf0, 0x90
END 6

.purgem TO_TABLE
.macro TO_TABLE
    .pushsection .rodata.client_privileged, "a", @progbits
.endm
#include "tests/gate/server/privileged.inc"

    .section .data.no_execute, "aw", @progbits
    .balign 16
no_execute_page:
    ret
    .section .note.GNU-stack, "", @progbits
