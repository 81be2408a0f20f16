/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel asks of the boot loader (Multiboot2 specification, 3.1). It must lie in the first 32 KiB of the file.
 * No framebuffer tag: the screen stays as the firmware left it.
 */
#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define ARCHITECTURE_I386 0
#define TAG_END 0
#define TAG_INFORMATION_REQUEST 1
#define TAG_MODULE_ALIGNMENT 6
#define OPTIONAL 1

    .section .boot.header, "a", @progbits
    .balign 8
header:
    .long MULTIBOOT2_HEADER_MAGIC
    .long ARCHITECTURE_I386
    .long header_end - header
    .long -(MULTIBOOT2_HEADER_MAGIC + ARCHITECTURE_I386 + (header_end - header))

    .balign 8
request:                        /* modules and memory map: without them there is no system */
    .word TAG_INFORMATION_REQUEST, 0
    .long request_end - request
    .long 3, 6
request_end:

    .balign 8
wish:                           /* ACPI root pointers, old and new: not every machine has both */
    .word TAG_INFORMATION_REQUEST, OPTIONAL
    .long wish_end - wish
    .long 14, 15
wish_end:

    .balign 8
    .word TAG_MODULE_ALIGNMENT, 0
    .long 8

    .balign 8
    .word TAG_END, 0
    .long 8
header_end:
