/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 64-bit process may switch to 32-bit code by a far jump, as natively; what it does there reaches the kernel through
 * the same doors: faults, ticks, and system calls that are refused.
 */
#include "fault.h"

#include <sys/syscall.h>

/*
 * The code runs from memory below 4 GiB and changes segments by far jumps through memory, never by far returns: QEMU
 * before version 9 reads the stack of those with the kernel's rights, so that a process could crash Linux natively.
 * Behind the code lies the stack, and from byte FAR on the pointers of the two jumps.
 */
enum { FAR = 3 * 4096 };
struct far_pointer {
    uint32_t offset;
    uint16_t segment;
} __attribute__((packed));

extern const char template_start[], template_end[], template_body[], template_32[], template_64[];
asm(".pushsection .rodata\n"
    "template_start:\n"
    "    push %rbx; push %rbp; push %r12\n"
    "    mov %rsp, %r12\n"
    "    mov %rdi, %rbx\n"
    "    lea 8192(%rdi), %rsp\n" /* a stack that 32-bit code can reach */
    "    mov $0x2b, %ecx; mov %ecx, %ds; mov %ecx, %es\n" /* 32-bit code cannot use null segments */
    "    ljmp *12288(%rbx)\n"
    ".code32\n"
    "template_32:\n"
    "    xor %eax, %eax\n"
    "    dec %eax\n" /* 48h: in 64-bit mode a prefix, and eax would stay 0 */
    "template_body:\n"
    "    nop; nop; nop; nop; nop; nop; nop; nop\n"
    "    push %eax; call 1f\n"
    "1:  pop %ecx; pop %eax\n" /* the stack works */
    "    ljmp *12296(%ebx)\n"
    ".code64\n"
    "template_64:\n"
    "    mov %r12, %rsp\n"
    "    pop %r12; pop %rbp; pop %rbx\n"
    "    xor %ecx, %ecx; mov %ecx, %ds; mov %ecx, %es\n"
    "    mov %eax, %eax\n"
    "    ret\n"
    "template_end:\n"
    ".popsection");

static char *area;
static unsigned long result;

static void run(unsigned long unused)
{
    (void)unused;
    result = ((unsigned long (*)(char *))area)(area);
}

static struct fault run_body(const void *body, size_t length)
{
    struct far_pointer *far = (struct far_pointer *)(area + FAR);

    memcpy(area, template_start, template_end - template_start);
    far[0] = (struct far_pointer){(uintptr_t)area + (template_32 - template_start), 0x23};
    memcpy(area + FAR + 8, &(struct far_pointer){(uintptr_t)area + (template_64 - template_start), 0x33}, sizeof *far);
    memcpy(area + (template_body - template_start), body, length);
    result = 0;
    return fault_of(run, 0);
}

int main(void)
{
    /* mov $10000000, %ecx; 1: dec %ecx; jnz 1b: long enough for ticks to come */
    static const unsigned char spin[] = {0xb9, 0x80, 0x96, 0x98, 0x00, 0x49, 0x75, 0xfd};
    static const unsigned char ud2[] = {0x0f, 0x0b}, cli[] = {0xfa}, int80[] = {0xb8, 0x14, 0, 0, 0, 0xcd, 0x80};
    static const unsigned char load_null[] = {0xa1, 0, 0, 0, 0}, int3[] = {0xcc}, syscall32[] = {0xb8, 0x14, 0, 0, 0, 0x0f, 0x05};
    static const unsigned char sysenter32[] = {0x0f, 0x34};
    const unsigned long body = template_body - template_start;
    struct fault f;
    pid_t child;
    int status;

    catch_faults();
    area = must(mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
    f = run_body("", 0);
    if (f.signal == SIGSEGV && f.trap == TRAP_GP) {
        ok("switch", "there is no 32-bit code segment");
        return 0;
    }
    expect(f.signal == 0 && result == 0xffffffff, "switch", "expected 0xffffffff, saw %#lx, " FAULT_FORMAT, result,
           FAULT_FIELDS(f));
    ok("switch", "to 32-bit code and back");
    for (unsigned round = 0; round < 4; round++) {
        f = run_body(spin, sizeof spin);
        expect(f.signal == 0 && result == 0xffffffff, "ticks", "expected 0xffffffff, saw %#lx, " FAULT_FORMAT, result,
               FAULT_FIELDS(f));
    }
    ok("ticks", "40 million rounds");

    f = run_body(ud2, sizeof ud2);
    expect(f.signal == SIGILL && f.ip == (unsigned long)area + body, "ud2", "expected signal 4, saw " FAULT_FORMAT,
           FAULT_FIELDS(f));
    f = run_body(int3, sizeof int3);
    expect(f.signal == SIGTRAP && f.ip == (unsigned long)area + body + 1, "int3", "expected signal 5, saw " FAULT_FORMAT,
           FAULT_FIELDS(f));
    f = run_body(cli, sizeof cli);
    expect(f.signal == SIGSEGV && f.trap == TRAP_GP, "cli", "expected signal 11, saw " FAULT_FORMAT, FAULT_FIELDS(f));
    f = run_body(load_null, sizeof load_null);
    expect(f.signal == SIGSEGV && f.trap == TRAP_PF && f.address == 0, "null", "expected signal 11, saw " FAULT_FORMAT,
           FAULT_FIELDS(f));
    ok("faults", "ud2, int3, cli and null as in 64-bit code");

    /* Where Linux serves 32-bit calls these work; else int 80h is a fault and syscall one or ENOSYS. */
    f = run_body(int80, sizeof int80);
    expect((f.signal == 0 && result == (unsigned)getpid()) || (f.signal == SIGSEGV && f.trap == TRAP_GP), "int 0x80",
           "expected getpid or signal 11, saw %#lx, " FAULT_FORMAT, result, FAULT_FIELDS(f));
    ok("int 0x80", "signal %d result %#lx", f.signal, result);

    /* These may lose the stack on the way back, so they get a process of their own. */
    for (unsigned i = 0; i < 2; i++) {
        const char *name = i ? "32-bit sysenter" : "32-bit syscall";

        child = must(fork());
        if (child == 0) {
            f = i ? run_body(sysenter32, sizeof sysenter32) : run_body(syscall32, sizeof syscall32);
            ok(name, "signal %d trap %lu result %#lx", f.signal, f.trap, result);
            expect(f.signal || i || result == (unsigned)-ENOSYS || result == (unsigned)getpid(), name,
                   "expected ENOSYS, getpid or a signal, saw %#lx", result);
            _exit(0);
        }
        must(waitpid(child, &status, 0));
        expect(status == 0 || WIFSIGNALED(status), name, "expected exit 0 or a signal, saw wait status %#x", status);
    }
    expect(syscall(SYS_getpid) == getpid(), "afterwards", "expected system calls to work");
    ok("afterwards", "64-bit system calls work");
    return 0;
}
