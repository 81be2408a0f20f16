/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the gate's null call is compared with: the same client on a kernel that knows nothing but SYSCALL and SYSRET. A bare
 * Multiboot kernel; prints, in hexadecimal, what a call costs with the fewest instructions and with all registers saved.
 */
    .set MULTIBOOT_MAGIC, 0x1badb002
    .set COM1, 0x3f8
    .set KERNEL_CS, 0x08
    .set USER_CS32, 0x13                /* STAR's base: SS is 1bh, 64-bit CS 23h */
    .set USER_TEXT, 0x400000
    .set ROUNDS, 20000
    .set ATTEMPTS, 5
    .set MSR_EFER, 0xc0000080
    .set MSR_STAR, 0xc0000081
    .set MSR_LSTAR, 0xc0000082
    .set MSR_SYSCALL_MASK, 0xc0000084
    .set MSR_KERNEL_GS_BASE, 0xc0000102

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

    .text
    .code32
    .globl _start
_start:
    cli
    /* The first GiB, by 2 MiB pages; that at USER_TEXT is open to ring 3. */
    movl $pdpt + 7, pml4
    movl $directory + 7, pdpt
    xor %ecx, %ecx
1:  mov %ecx, %eax
    shl $21, %eax
    or $0x83, %eax
    cmp $(USER_TEXT >> 21), %ecx
    jne 2f
    or $4, %eax
2:  mov %eax, directory(, %ecx, 8)
    inc %ecx
    cmp $512, %ecx
    jne 1b
    mov $pml4, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    mov $MSR_EFER, %ecx
    rdmsr
    or $0x101, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $KERNEL_CS, $long_mode

    .code64
.macro WRITE_MSR number, low, high
    mov $\number, %ecx
    mov $\low, %eax
    mov $\high, %edx
    wrmsr
.endm

long_mode:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    lea stack_top(%rip), %rsp
    WRITE_MSR MSR_STAR, 0, USER_CS32 << 16 | KERNEL_CS
    WRITE_MSR MSR_SYSCALL_MASK, 0x257fd5, 0
    WRITE_MSR MSR_KERNEL_GS_BASE, per_cpu, 0
    lea client_start(%rip), %rsi
    mov $USER_TEXT, %edi
    mov $(client_end - client_start), %ecx
    rep movsb
    WRITE_MSR MSR_LSTAR, few, 0
    mov $USER_TEXT + client_no_calls - client_start, %r13d
    call best
    mov %r15, %rbx
    mov $USER_TEXT + client_null_calls - client_start, %r13d
    call report
    WRITE_MSR MSR_LSTAR, all, 0
    call report
    lea end(%rip), %rsi
    call print
1:  hlt
    jmp 1b

/* Prints the best time of the client at R13, without the empty loop's (RBX), divided by the rounds. */
report:
    call best
    mov %r15, %rax
    sub %rbx, %rax
    xor %edx, %edx
    mov $ROUNDS, %ecx
    div %rcx
    mov $16, %ecx
    lea digits(%rip), %rdi
1:  rol $4, %rax
    mov %eax, %edx
    and $15, %edx
    mov hex(%rdx), %dl
    mov %dl, (%rdi)
    inc %rdi
    dec %ecx
    jnz 1b
    lea line(%rip), %rsi
print:
    lodsb
    test %al, %al
    jz 2f
    mov %al, %cl
    mov $COM1 + 5, %edx
1:  in %dx, %al
    test $0x20, %al
    jz 1b
    mov %cl, %al
    mov $COM1, %edx
    out %al, %dx
    jmp print
2:  ret

/* R15: the shortest of some runs of the client at R13, which leaves by a system call with its time in RAX. */
best:
    mov $-1, %r15
    movl $ATTEMPTS, attempts
1:  mov %rsp, kernel_rsp
    mov $client_left, %r10d
    mov $ROUNDS, %edi
    mov %r13, %rcx
    mov $2, %r11d
    sysretq
client_left:
    mov kernel_rsp, %rsp
    cmp %r15, %rax
    cmovb %rax, %r15
    decl attempts
    jnz 1b
    ret

/* The fewest instructions: the kernel's GS base and stack, and back. R12 is the client's wish to end. */
    .balign 64
few:
    swapgs
    mov %rsp, %gs:0
    mov %gs:8, %rsp
    push %rcx
    push %r11
    test %r12, %r12
    jnz end_of_run
    pop %r11
    pop %rcx
    mov %gs:0, %rsp
    swapgs
    sysretq

    .balign 64
all:
    swapgs
    mov %rsp, %gs:0
    mov %gs:8, %rsp
    .irp register, rcx, r11, rax, rdx, rsi, rdi, r8, r9, r10, rbx, rbp, r12, r13, r14, r15
    push %\register
    .endr
    test %r12, %r12
    jnz end_of_run
    .irp register, r15, r14, r13, r12, rbp, rbx, r10, r9, r8, rdi, rsi, rdx, rax, r11, rcx
    pop %\register
    .endr
    mov %gs:0, %rsp
    swapgs
    sysretq

end_of_run:
    swapgs
    jmp *%r10

/* Ring 3, copied to USER_TEXT: the loops of tests/gate/server/client.S. */
.macro TIMED_LOOP name, body:vararg
    .balign 16
\name:
    xor %r12d, %r12d
    mov %rdi, %r9
    lfence
    rdtsc
    shl $32, %rdx
    lea (%rdx, %rax), %r8
1:  \body
    dec %r9
    jnz 1b
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    sub %r8, %rax
    inc %r12
    syscall
.endm
    .balign 16
client_start:
TIMED_LOOP client_null_calls, syscall
TIMED_LOOP client_no_calls
client_end:

    .data
    .balign 4096                        /* code and written data on different pages, for TCG */
gdt:
    .quad 0
    .quad 0x00af9b000000ffff            /* 08 ring 0, 64-bit code */
    .quad 0x00cffb000000ffff            /* 10 ring 3, 32-bit code */
    .quad 0x00cff3000000ffff            /* 18 ring 3, data */
    .quad 0x00affb000000ffff            /* 20 ring 3, 64-bit code */
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .quad gdt
per_cpu:
    .quad 0, entry_stack_top
kernel_rsp: .quad 0
attempts: .long 0
hex: .ascii "0123456789abcdef"
line: .ascii "plain "
digits: .asciz "0000000000000000\n"
end: .asciz "# end of tests\n"

    .bss
    .balign 4096
pml4: .skip 4096
pdpt: .skip 4096
directory: .skip 4096
    .skip 4096
stack_top:
    .skip 4096
entry_stack_top:
    .section .note.GNU-stack, "", @progbits
