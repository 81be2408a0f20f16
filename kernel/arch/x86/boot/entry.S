/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader's 32-bit protected mode to boot_main in long mode.
 *
 * In: EAX = magic of Multiboot2, EBX = physical address of its information, paging off.
 * Checks only what the way to 64-bit C++ needs; boot_main checks the rest of the CPU's features.
 *
 * Page tables built here, and kept as the kernel's own:
 *
 *   slot 257  the image at KERNEL_BASE + physical, in 4 KiB pages, no page both writable and executable
 *   slot 258  physical memory below 4 GiB, in 2 MiB pages, not executable
 *   slot 0    the tables of slot 257 again, so that the switch to paging finds its next instruction; boot_main
 *             takes it away
 */
#include "kernel/arch/x86/gate/layout.hpp"

#define MULTIBOOT2_MAGIC 0x36d76289
#define PHYSICAL(symbol) (symbol - KERNEL_BASE)

#define PRESENT 0x001
#define WRITE 0x002
#define ACCESSED 0x020
#define DIRTY 0x040
#define LARGE 0x080
#define NO_EXECUTE_HIGH 0x80000000
#define TABLE (PRESENT | WRITE | ACCESSED)
#define PAGE (PRESENT | ACCESSED | DIRTY)

#define CR0_PE 0x00000001
#define CR0_WP 0x00010000
#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define CPUID_EXTENDED_MAX 0x80000000
#define CPUID_EXTENDED_FEATURES 0x80000001
#define EDX_NX_BIT 20
#define EDX_LONG_MODE_BIT 29

#define BOOT_CS 0x08
#define BOOT_SS 0x10
#define BOOT_STACK_SIZE 16384

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define TRANSMIT_EMPTY 0x20

/* Maps the pages [start, end) of the image; both are addresses in slot 257. */
.macro map_image start, end, low, high
    mov $PHYSICAL(\start), %eax
1:  cmp $PHYSICAL(\end), %eax
    jae 2f
    mov %eax, %ecx
    shr $12, %ecx
    lea \low(%eax), %edx
    mov %edx, PHYSICAL(image_page_table)(, %ecx, 8)
    movl $\high, PHYSICAL(image_page_table) + 4(, %ecx, 8)
    add $4096, %eax
    jmp 1b
2:
.endm

    .section .boot.text, "ax", @progbits
    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    mov $PHYSICAL(boot_stack_top), %esp
    mov %ebx, %ebp                      /* CPUID takes EBX */

    mov $message_multiboot, %esi
    cmp $MULTIBOOT2_MAGIC, %eax
    jne refuse

    mov $message_long_mode, %esi
    mov $CPUID_EXTENDED_MAX, %eax
    cpuid
    cmp $CPUID_EXTENDED_FEATURES, %eax
    jb refuse
    mov $CPUID_EXTENDED_FEATURES, %eax
    cpuid
    bt $EDX_LONG_MODE_BIT, %edx
    jnc refuse
    mov $message_no_execute, %esi
    bt $EDX_NX_BIT, %edx
    jnc refuse

    map_image boot_image_start, boot_image_end, PAGE, 0
    map_image kernel_text_start, kernel_text_end, PAGE, 0
    map_image kernel_rodata_start, kernel_rodata_end, PAGE, NO_EXECUTE_HIGH
    map_image kernel_data_start, kernel_data_end, PAGE | WRITE, NO_EXECUTE_HIGH
    movl $PHYSICAL(image_page_table) + TABLE, PHYSICAL(image_directory)
    movl $PHYSICAL(image_directory) + TABLE, PHYSICAL(image_pdpt)

    mov $PAGE | WRITE | LARGE, %eax     /* physical memory below 4 GiB: 4 directories in a row */
    xor %ecx, %ecx
1:  mov %eax, PHYSICAL(direct_directories)(, %ecx, 8)
    movl $NO_EXECUTE_HIGH, PHYSICAL(direct_directories) + 4(, %ecx, 8)
    add $0x200000, %eax
    inc %ecx
    cmp $2048, %ecx
    jb 1b
    movl $PHYSICAL(direct_directories) + TABLE, PHYSICAL(direct_map_pdpt)
    movl $PHYSICAL(direct_directories) + 0x1000 + TABLE, PHYSICAL(direct_map_pdpt) + 8
    movl $PHYSICAL(direct_directories) + 0x2000 + TABLE, PHYSICAL(direct_map_pdpt) + 16
    movl $PHYSICAL(direct_directories) + 0x3000 + TABLE, PHYSICAL(direct_map_pdpt) + 24

    movl $PHYSICAL(image_pdpt) + TABLE, PHYSICAL(kernel_pml4)
    movl $PHYSICAL(image_pdpt) + TABLE, PHYSICAL(kernel_pml4) + 257 * 8
    movl $PHYSICAL(direct_map_pdpt) + TABLE, PHYSICAL(kernel_pml4) + 258 * 8

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $PHYSICAL(kernel_pml4), %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_LME | EFER_NXE, %eax
    wrmsr
    mov %cr0, %eax
    or $CR0_PG | CR0_WP | CR0_PE, %eax
    mov %eax, %cr0
    lgdt boot_gdt_pointer_low
    ljmp $BOOT_CS, $long_mode

/* Prints the message at ESI on COM1 and stops. The line is set up by the firmware or set here: 115200 8N1. */
refuse:
    mov $COM1 + 3, %edx
    mov $0x80, %al
    out %al, %dx
    mov $COM1, %edx
    mov $1, %al
    out %al, %dx
    inc %edx
    xor %eax, %eax
    out %al, %dx
    add $2, %edx
    mov $3, %al
    out %al, %dx
next_character:
    lodsb
    test %al, %al
    jz stop
    mov %al, %bl
    mov $COM1_LINE_STATUS, %edx
    mov $100000, %ecx                   /* where no UART is, do not wait for it for ever */
1:  in %dx, %al
    test $TRANSMIT_EMPTY, %al
    loopz 1b
    mov $COM1, %edx
    mov %bl, %al
    out %al, %dx
    jmp next_character
stop:
    hlt
    jmp stop

    .code64
long_mode:
    movabs $high_half, %rax
    jmp *%rax

    .section .boot.rodata, "a", @progbits
message_multiboot:
    .asciz "\r\nPecan: not started by a Multiboot2 loader: use GRUB's 'multiboot2' command\r\n"
message_long_mode:
    .asciz "\r\nPecan: this CPU has no long mode (64 bit): use an x86-64 CPU, in QEMU qemu-system-x86_64 -cpu max\r\n"
message_no_execute:
    .asciz "\r\nPecan: this CPU has no NX (no-execute pages): enable it in the firmware, in QEMU -cpu max\r\n"
    .balign 8
boot_gdt_pointer_low:
    .word boot_gdt_end - boot_gdt - 1
    .long PHYSICAL(boot_gdt)

    .section .text.boot, "ax", @progbits
high_half:
    lgdt boot_gdt_pointer(%rip)
    mov $BOOT_SS, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    lea boot_stack_top(%rip), %rsp
    mov %ebp, %edi
    xor %ebp, %ebp                      /* the first frame of a back trace */
    call boot_main
    ud2

    .section .rodata.boot, "a", @progbits
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff            /* 64-bit code */
    .quad 0x00cf93000000ffff            /* data */
boot_gdt_end:
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .quad boot_gdt

    .section .bss.pages, "aw", @nobits
    .balign 4096
    .globl kernel_pml4, direct_map_pdpt, image_pdpt, image_directory, image_page_table, boot_stack_guard
kernel_pml4:
    .skip 4096
image_pdpt:
    .skip 4096
image_directory:
    .skip 4096
image_page_table:
    .skip 4096
direct_map_pdpt:
    .skip 4096
direct_directories:
    .skip 4 * 4096
boot_stack_guard:
    .skip 4096
    .skip BOOT_STACK_SIZE
boot_stack_top:
