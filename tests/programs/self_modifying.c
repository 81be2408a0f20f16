/* SPDX-License-Identifier: BSD-2-Clause */
/* Code that a process writes for itself: rewritten in place, by mprotect in turns, and through a second mapping. */
#include "pattern.h"

static void write_function(unsigned char *at, uint32_t value)
{
    at[0] = 0xb8; /* mov $value, %eax; ret */
    memcpy(at + 1, &value, 4);
    at[5] = 0xc3;
}

static uint32_t call(const void *code)
{
    return ((uint32_t(*)(void))code)();
}

int main(void)
{
    unsigned char *code = must(mmap(0, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    unsigned char *writable, *executable;
    int file = must(memfd_create("code", 0));
    pid_t child;

    for (uint32_t i = 0; i < 500; i++) {
        write_function(code, i);
        expect_equal("in place", "result", i, call(code));
    }
    ok("in place", "500 times");
    for (uint32_t i = 0; i < 200; i++) {
        must(mprotect(code, PAGE, PROT_READ | PROT_WRITE));
        write_function(code, i);
        must(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
        expect_equal("mprotect", "result", i, call(code));
    }
    ok("mprotect", "200 times");
    must(ftruncate(file, PAGE));
    writable = must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    executable = must(mmap(0, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0));
    for (uint32_t i = 0; i < 200; i++) {
        write_function(writable, i);
        __builtin_ia32_mfence();
        expect_equal("two mappings", "result", i, call(executable));
    }
    ok("two mappings", "200 times");
    must(mprotect(code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
    write_function(code, 1);
    child = must(fork());
    if (child == 0) {
        write_function(code, 2);
        _exit(call(code) != 2);
    }
    expect_child_passes("fork", child);
    expect_equal("fork", "parent's result", 1, call(code));
    ok("fork", "each side runs its own code");
    return 0;
}
