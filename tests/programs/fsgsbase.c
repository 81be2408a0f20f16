/* SPDX-License-Identifier: BSD-2-Clause */
/* FS and GS base belong to the thread, whether arch_prctl or wrfsbase has set them, over every kind of switch. */
#include "fault.h"

#include <cpuid.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

enum { SET_GS = 0x1001, SET_FS = 0x1002, GET_FS = 0x1003, GET_GS = 0x1004 };

static long raw_syscall(long number, long a, long b)
{
    long result;

    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(0) : "rcx", "r11", "memory");
    return result;
}

static unsigned long read_gs(void)
{
    unsigned long base;

    asm volatile("rdgsbase %0" : "=r"(base));
    return base;
}

static unsigned long read_fs(void)
{
    unsigned long base;

    asm volatile("rdfsbase %0" : "=r"(base));
    return base;
}

/* The thread's own fs is the C library's: it changes only around raw system calls, and is put back. */
static void watch(uint64_t seed, bool by_instruction)
{
    const unsigned long own = read_fs();
    static const struct timespec nap = {0, 300000};

    for (unsigned round = 0; round < 100; round++) {
        unsigned long gs = (seed << 32 | round) & 0x7fffffffffff, fs = gs + 0x100000, seen_fs, seen_gs, asked_gs = 0;
        long result = 0;

        if (by_instruction) {
            asm volatile("wrgsbase %0" : : "r"(gs));
            asm volatile("wrfsbase %0" : : "r"(fs));
        } else {
            result |= raw_syscall(SYS_arch_prctl, SET_GS, gs);
            result |= raw_syscall(SYS_arch_prctl, SET_FS, fs);
        }
        if (round % 3 == 0)
            raw_syscall(SYS_sched_yield, 0, 0);
        else if (round % 3 == 1)
            raw_syscall(SYS_nanosleep, (long)&nap, 0);
        else
            for (unsigned i = 0; i < 200000; i++)
                asm volatile("");
        seen_fs = read_fs();
        seen_gs = read_gs();
        result |= raw_syscall(SYS_arch_prctl, GET_GS, (long)&asked_gs);
        asm volatile("wrfsbase %0" : : "r"(own));
        expect_equal("bases", "arch_prctl", 0, result);
        expect_equal("bases", "fs base", fs, seen_fs);
        expect_equal("bases", "gs base", gs, seen_gs);
        expect_equal("bases", "gs base by arch_prctl", gs, asked_gs);
    }
}

static void set_gs_noncanonical(unsigned long base)
{
    asm volatile("wrgsbase %0" : : "r"(base));
}

static void load_gs_selector(unsigned long selector)
{
    asm volatile("mov %0, %%gs" : : "r"((unsigned short)selector));
}

int main(void)
{
    enum { NUMBER = 4 };
    pid_t children[NUMBER];
    unsigned long word = 0x7e57, seen;
    unsigned short selector;
    struct fault f;

    if (!(getauxval(AT_HWCAP2) & 2))
        fail("fsgsbase", "expected Linux to offer FSGSBASE, saw AT_HWCAP2 %#lx", getauxval(AT_HWCAP2));
    catch_faults();
    for (uint64_t i = 0; i < NUMBER; i++) {
        children[i] = must(fork());
        if (children[i] == 0) {
            watch(i + 5, i % 2);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < NUMBER; i++)
        expect_child_passes("bases", children[i]);
    ok("bases", "%d processes, by arch_prctl and by instruction", NUMBER);

    asm volatile("wrgsbase %1\n mov %%gs:0, %0" : "=r"(seen) : "r"(&word) : "memory");
    expect_equal("gs access", "word", 0x7e57, seen);
    expect(raw_syscall(SYS_arch_prctl, SET_GS, 0xffff888000000000) == -EPERM, "kernel base", "expected EPERM");
    /* The instruction may set an address of the upper half; it is no way into it. */
    asm volatile("wrgsbase %0" : : "r"(0xffff888000000000));
    raw_syscall(SYS_sched_yield, 0, 0);
    expect_equal("kernel base", "gs base", 0xffff888000000000, read_gs());
    f = fault_of(load_byte, 0); /* a fault and a signal with such a base */
    expect_equal("kernel base", "signal", SIGSEGV, f.signal);
    f = fault_of(set_gs_noncanonical, 0x1234567812345678);
    expect(f.signal == 0 || (f.signal == SIGSEGV && f.trap == TRAP_GP), "non-canonical base",
           "expected signal 11 trap 13, or none by an emulator that does not look, saw " FAULT_FORMAT, FAULT_FIELDS(f));
    asm volatile("wrgsbase %0" : : "r"(0UL));
    ok("kernel base", "usable as a number only; a non-canonical one gives signal %d", f.signal);

    /* What ring 3 may load: 32-bit code, data, 64-bit code, and the segment whose limit tells the processor. */
    for (unsigned long i = 4; i < 512; i += 4) {
        const unsigned long allowed[] = {0x20, 0x28, 0x30, 0x78};
        bool expected = false;

        for (unsigned a = 0; a < 4; a++)
            expected |= (i & ~7UL) == allowed[a] && !(i & 4);
        f = fault_of(load_gs_selector, i);
        expect((f.signal == 0) == expected, "selectors", "expected %#lx %s, saw signal %d", i, expected ? "to load" : "to fault",
               f.signal);
    }
    f = fault_of(load_gs_selector, 0x2b);
    asm volatile("mov %%gs, %0" : "=r"(selector));
    expect(f.signal == 0 && selector == 0x2b, "selectors", "expected 0x2b to load, saw signal %d gs %#x", f.signal, selector);
    raw_syscall(SYS_sched_yield, 0, 0);
    usleep(2000);
    asm volatile("mov %%gs, %0" : "=r"(selector));
    expect_equal("selectors", "gs behind a switch", 0x2b, selector);
    f = fault_of(load_gs_selector, 0);
    expect_equal("selectors", "signal of a null selector", 0, f.signal);
    ok("selectors", "user data loads and stays, kernel segments are refused");
    return 0;
}
