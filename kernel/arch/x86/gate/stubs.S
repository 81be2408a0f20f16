/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call stubs, one per link word of the kernel interface page (X.2, 'call *link_word').
 * The kernel tells calls apart by the return address that SYSCALL leaves in RCX, so nothing but the
 * SYSCALL may stand in front of it, and every stub has its own 64 bytes. The page is open to ring 3
 * in ordinary spaces and to ring 1 in server spaces; it holds nothing secret.
 */
#include "kernel/arch/x86/gate/layout.hpp"

    .section .stubs, "ax", @progbits
    .balign 4096
    .set number, 0
    .rept STUB_COUNT
    .balign STUB_SIZE, 0xcc
    .if number == STUB_MEMORY_CONTROL
    /* Attributes 0 and 3 come in the two registers that SYSCALL overwrites. */
    mov %rcx, %rbp
    mov %r11, %rdi
    .endif
    syscall
    ret
    .set number, number + 1
    .endr
    .balign 4096, 0xcc
