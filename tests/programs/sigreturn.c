/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signal handler may write anything into the registers that it returns to. What the processor would refuse ends in
 * a signal for this process; the kernel, and everybody else, goes on. What it allows takes effect.
 */
#include "fault.h"

#include <sys/syscall.h>

static void (*change)(greg_t *registers, unsigned long argument);
static unsigned long change_argument;

static void on_usr1(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    change(((ucontext_t *)context)->uc_mcontext.gregs, change_argument);
}

static void set_ip(greg_t *r, unsigned long value)
{
    r[REG_RIP] = value;
}

static void set_sp(greg_t *r, unsigned long value)
{
    r[REG_RSP] = value;
}

static void set_cs(greg_t *r, unsigned long value)
{
    r[REG_CSGSFS] = (r[REG_CSGSFS] & ~0xffffL) | (long)value;
}

static void set_ss(greg_t *r, unsigned long value)
{
    r[REG_CSGSFS] = (r[REG_CSGSFS] & 0xffffffffffffL) | (long)(value << 48);
}

static void set_flags(greg_t *r, unsigned long value)
{
    r[REG_EFL] = value;
}

static void set_frame_pointer_null(greg_t *r, unsigned long value)
{
    /* Nothing to restore from: the pointer to the vector state lies behind the general registers. */
    ((void **)(r + 23))[0] = (void *)value;
}

static void raise_it(unsigned long unused)
{
    long number = SYS_tgkill;

    (void)unused;
    /* The push makes a bad stack pointer show at once; flags such as AC and DF must not reach compiled code. */
    asm volatile("sub $128, %%rsp\n syscall\n push $0x202\n popfq\n add $128, %%rsp"
                 : "+a"(number)
                 : "D"(getpid()), "S"(gettid()), "d"(SIGUSR1)
                 : "rcx", "r11", "memory", "cc");
}

static void check(const char *name, void (*how)(greg_t *, unsigned long), unsigned long argument, bool harmless)
{
    struct fault f;

    change = how;
    change_argument = argument;
    f = fault_of(raise_it, 0);
    if (harmless && f.signal == 0) {
        ok(name, "%#lx: no signal", argument);
        return;
    }
    expect(f.signal == SIGSEGV || f.signal == SIGBUS || f.signal == SIGTRAP, name,
           "%#lx: expected signal 11 or 7, saw " FAULT_FORMAT, argument, FAULT_FIELDS(f));
    ok(name, "%#lx: " FAULT_FORMAT, argument, FAULT_FIELDS(f));
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO};
    static const unsigned long addresses[] = {
        0, 0x0000800000000000, 0x00007ffffffff000, 0x1234567812345678, 0xffff800000000000, 0xffffffff81000000, ~0UL,
    };
    static const unsigned short selectors[] = {0, 3, 0x08, 0x10, 0x18, 0x28, 0x40, 0x7b, 0x80, 0x83, 0x90, 0xfff8, 0xffff};
    static const unsigned long flag_sets[] = {0, 0x2, 0x3202, 0x4202, 0x40202, 0x200202, 0x20202, 0x10202, 0x180202, 0x246ed7};
    pid_t child;
    int status;

    catch_faults();
    must(sigaction(SIGUSR1, &action, 0));
    for (unsigned i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        check("ip", set_ip, addresses[i], false);
        check("sp", set_sp, addresses[i], false);
    }
    for (unsigned i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        check("cs", set_cs, selectors[i], true);
        check("ss", set_ss, selectors[i], true);
    }
    for (unsigned i = 0; i < sizeof flag_sets / sizeof *flag_sets; i++)
        check("flags", set_flags, flag_sets[i], true);
    check("trap flag", set_flags, 0x302, false);
    check("vector state", set_frame_pointer_null, 0x10, false);
    check("vector state", set_frame_pointer_null, 0xffff888000000000, false);

    /* The same without a handler: the child dies, the wait status says so. */
    child = must(fork());
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        change = set_cs;
        change_argument = 0x10;
        raise_it(0);
        _exit(0);
    }
    must(waitpid(child, &status, 0));
    expect(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS), "no handler",
           "expected death by signal 11 or 7, saw wait status %#x", status);
    ok("no handler", "the child died of signal %d", WTERMSIG(status));
    return 0;
}
