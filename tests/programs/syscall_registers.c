/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system call changes rax, rcx and r11 and nothing else: rcx holds the return address, r11 the flags. Checked for
 * calls that return at once, sleep, switch address spaces, fault on the way, fail, and do not exist.
 */
#include "fault.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

struct registers {
    unsigned long rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, flags;
};

/* Load all registers from *before, execute syscall, store them to *after. The red zone is checked on the way. */
void syscall_with(const struct registers *before, struct registers *after);
extern char behind_syscall[];
asm(".pushsection .text\n"
    "syscall_with:\n"
    "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rsi\n"
    "    movq $0x7e57c0de, -8(%rsp); movq $0x7e57c0de, -128(%rsp)\n"
    "    mov %rdi, %rax\n"
    "    mov 8(%rax), %rbx; mov 24(%rax), %rdx; mov 32(%rax), %rsi; mov 40(%rax), %rdi\n"
    "    mov 48(%rax), %rbp; mov 56(%rax), %r8; mov 64(%rax), %r9; mov 72(%rax), %r10; mov 80(%rax), %r11\n"
    "    mov 88(%rax), %r12; mov 96(%rax), %r13; mov 104(%rax), %r14; mov 112(%rax), %r15\n"
    "    mov 16(%rax), %rcx; mov (%rax), %rax\n"
    "    syscall\n"
    "behind_syscall:\n"
    "    xchg %rax, (%rsp)\n" /* rax: where to store; the top of the stack: the result */
    "    mov %rbx, 8(%rax); mov %rcx, 16(%rax); mov %rdx, 24(%rax); mov %rsi, 32(%rax); mov %rdi, 40(%rax)\n"
    "    mov %rbp, 48(%rax); mov %r8, 56(%rax); mov %r9, 64(%rax); mov %r10, 72(%rax); mov %r11, 80(%rax)\n"
    "    mov %r12, 88(%rax); mov %r13, 96(%rax); mov %r14, 104(%rax); mov %r15, 112(%rax)\n"
    "    pop %rcx; mov %rcx, (%rax)\n"
    "    xor %ecx, %ecx\n"
    "    mov $0x7e57c0de, %edx\n"
    "    cmp %rdx, -16(%rsp); jne 1f\n"
    "    cmp %rdx, -136(%rsp); jne 1f\n"
    "    mov $1, %ecx\n"
    "1:  mov %rcx, 120(%rax)\n"
    "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "    ret\n"
    ".popsection");

static struct registers pattern(unsigned long seed)
{
    struct registers r;
    unsigned long *words = (unsigned long *)&r;

    for (unsigned i = 0; i < sizeof r / sizeof *words; i++)
        words[i] = seed * 0x9e3779b97f4a7c15 + i * 0x0101010101010101;
    return r;
}

/* arguments: rdi rsi rdx r10 r8 r9 */
static long check(const char *name, long number, const unsigned long arguments[6])
{
    struct registers before = pattern(number + 3), after = {0};

    before.rax = number;
    before.rdi = arguments[0];
    before.rsi = arguments[1];
    before.rdx = arguments[2];
    before.r10 = arguments[3];
    before.r8 = arguments[4];
    before.r9 = arguments[5];
    syscall_with(&before, &after);

#define SAME(reg) expect_equal(name, #reg, before.reg, after.reg)
    SAME(rbx), SAME(rdx), SAME(rsi), SAME(rdi), SAME(rbp), SAME(r8), SAME(r9), SAME(r10), SAME(r12), SAME(r13);
    SAME(r14), SAME(r15);
    expect_equal(name, "rcx (return address)", (unsigned long)behind_syscall, after.rcx);
    expect(after.r11 & 0x200 && !(after.r11 & ~0x246ad7UL), name, "r11: expected flags with IF, saw %#lx", after.r11);
    expect_equal(name, "red zone intact", 1, after.flags);
    return after.rax;
}

#define CHECK(name, number, expected, ...)                                                                             \
    do {                                                                                                               \
        long result_ = check(name, number, (unsigned long[6]){__VA_ARGS__});                                           \
        expect(result_ == (long)(expected), name, "expected result %ld, saw %ld", (long)(expected), result_);          \
        ok(name, "result %ld, registers kept", result_);                                                               \
    } while (0)

static void on_alarm(int signal)
{
    (void)signal;
}

int main(void)
{
    struct timespec nap = {0, 2000000};
    struct sigaction action = {.sa_handler = on_alarm};
    char buffer[16], *fresh = map_anonymous(2 * PAGE, PROT_READ | PROT_WRITE);
    int zero = must(open("/dev/zero", O_RDONLY)), pair[2];
    pid_t child;

    must(pipe(pair));
    must(sigaction(SIGALRM, &action, 0));
    CHECK("getppid", SYS_getppid, getppid(), 1, 2, 3, 4, 5, 6);
    CHECK("read", SYS_read, 1, zero, (unsigned long)buffer, 1, 4, 5, 6);
    CHECK("read into fresh page", SYS_read, PAGE, zero, (unsigned long)fresh + 100, PAGE, 4, 5, 6);
    CHECK("read bad pointer", SYS_read, -EFAULT, zero, 0x10, 1, 4, 5, 6);
    CHECK("read bad file", SYS_read, -EBADF, -1UL, (unsigned long)buffer, 1, 4, 5, 6);
    CHECK("no such call", 9999, -ENOSYS, 1, 2, 3, 4, 5, 6);
    CHECK("negative call", -1L, -ENOSYS, 1, 2, 3, 4, 5, 6);
    CHECK("huge call", 0x400000000000270f, -ENOSYS, 1, 2, 3, 4, 5, 6);
    CHECK("sched_yield", SYS_sched_yield, 0, 1, 2, 3, 4, 5, 6);
    CHECK("nanosleep", SYS_nanosleep, 0, (unsigned long)&nap, 0, 3, 4, 5, 6);
    alarm(1);
    CHECK("interrupted pause", SYS_pause, -EINTR, 1, 2, 3, 4, 5, 6);
    child = check("fork", SYS_fork, (unsigned long[6]){1, 2, 3, 4, 5, 6});
    if (child == 0)
        _exit(check("child", SYS_getpid, (unsigned long[6]){1, 2, 3, 4, 5, 6}) != getpid());
    expect_child_passes("fork", child);
    ok("fork", "registers kept on both sides");
    child = must(fork());
    if (child == 0) {
        usleep(5000);
        _exit(write(pair[1], "x", 1) != 1);
    }
    CHECK("read that sleeps", SYS_read, 1, pair[0], (unsigned long)buffer, 1, 4, 5, 6);
    expect_child_passes("read that sleeps", child);
    return 0;
}
