// SPDX-License-Identifier: BSD-2-Clause
//
// Start of an initial server (sigma0, the root task): X.2 leaves every register undefined, also
// the stack pointer, so the stack is part of the image.

#include <l4/start.hpp>

extern "C" {
struct alignas(4096) Stack {
    unsigned char bytes[32 * 1024];
};
constinit Stack l4_main_stack{};
/// One behind the stack, for the code below, which knows no sizes.
[[gnu::used]] extern unsigned char* const l4_main_stack_top = l4_main_stack.bytes + sizeof l4_main_stack.bytes;

[[gnu::used]] void l4_start_server()
{
    server_main();
    l4::stop();
}
}

asm(".text\n"
    ".globl _start\n"
    "_start:\n"
    "    cld\n"
    "    mov l4_main_stack_top, %rsp\n"
    "    xor %ebp, %ebp\n"
    "    call l4_start_server\n"
    "    ud2\n");
