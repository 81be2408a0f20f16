/* SPDX-License-Identifier: BSD-2-Clause */
/* Privileged instructions end in SIGSEGV at the instruction, whatever ring Linux itself runs in. */
#include "fault.h"

struct instruction {
    const char *name;
    unsigned char bytes[10];
    unsigned length;
    int also; /* the signal that another processor model raises for it, or 0 */
    bool below; /* a hypervisor below may serve it */
};

#define CODE(...) {__VA_ARGS__}, sizeof((unsigned char[]){__VA_ARGS__})

int main(void)
{
    static const struct instruction instructions[] = {
        {"cli", CODE(0xfa), 0, false},
        {"sti", CODE(0xfb), 0, false},
        {"hlt", CODE(0xf4), 0, false},
        {"in al, 0x60", CODE(0xe4, 0x60), 0, false},
        {"in eax, dx", CODE(0xed), 0, false},
        {"out 0x80, al", CODE(0xe6, 0x80), 0, false},
        {"out dx, eax", CODE(0xef), 0, false},
        {"insb", CODE(0x6c), 0, false},
        {"outsb", CODE(0x6e), 0, false},
        {"rep insb", CODE(0xf3, 0x6c), 0, false},
        {"rep outsb", CODE(0xf3, 0x6e), 0, false},
        {"mov rax, cr0", CODE(0x0f, 0x20, 0xc0), 0, false},
        {"mov rax, cr2", CODE(0x0f, 0x20, 0xd0), 0, false},
        {"mov rax, cr3", CODE(0x0f, 0x20, 0xd8), 0, false},
        {"mov rax, cr4", CODE(0x0f, 0x20, 0xe0), 0, false},
        {"mov rax, cr8", CODE(0x44, 0x0f, 0x20, 0xc0), 0, false},
        {"mov cr0, rax", CODE(0x0f, 0x22, 0xc0), 0, false},
        {"mov cr2, rax", CODE(0x0f, 0x22, 0xd0), 0, false},
        {"mov cr3, rax", CODE(0x0f, 0x22, 0xd8), 0, false},
        {"mov cr4, rax", CODE(0x0f, 0x22, 0xe0), 0, false},
        {"mov cr8, rax", CODE(0x44, 0x0f, 0x22, 0xc0), 0, false},
        {"mov rax, dr0", CODE(0x0f, 0x21, 0xc0), 0, false},
        {"mov rax, dr7", CODE(0x0f, 0x21, 0xf8), 0, false},
        {"mov dr0, rax", CODE(0x0f, 0x23, 0xc0), 0, false},
        {"mov dr7, rax", CODE(0x0f, 0x23, 0xf8), 0, false},
        {"clts", CODE(0x0f, 0x06), 0, false},
        {"lmsw ax", CODE(0x0f, 0x01, 0xf0), 0, false},
        {"lgdt", CODE(0x0f, 0x01, 0x14, 0x24), 0, false},
        {"lidt", CODE(0x0f, 0x01, 0x1c, 0x24), 0, false},
        {"lldt", CODE(0x0f, 0x00, 0xd0), 0, false},
        {"ltr", CODE(0x0f, 0x00, 0xd8), 0, false},
        {"invlpg", CODE(0x0f, 0x01, 0x3c, 0x24), 0, false},
        {"invpcid", CODE(0x66, 0x0f, 0x38, 0x82, 0x04, 0x24), SIGILL, false},
        {"invd", CODE(0x0f, 0x08), 0, false},
        {"wbinvd", CODE(0x0f, 0x09), 0, false},
        {"rdmsr", CODE(0x0f, 0x32), 0, false},
        {"wrmsr", CODE(0x0f, 0x30), 0, false},
        {"swapgs", CODE(0x0f, 0x01, 0xf8), 0, false},
        {"sysretq", CODE(0x48, 0x0f, 0x07), 0, false},
        {"sysretl", CODE(0x0f, 0x07), 0, false},
        {"sysexit", CODE(0x0f, 0x35), SIGILL, false},
        {"xsetbv", CODE(0x0f, 0x01, 0xd1), 0, false},
        {"monitor", CODE(0x0f, 0x01, 0xc8), SIGILL, false},
        {"mwait", CODE(0x0f, 0x01, 0xc9), SIGILL, false},
        {"vmcall", CODE(0x0f, 0x01, 0xc1), SIGILL, true},
        {"vmmcall", CODE(0x0f, 0x01, 0xd9), SIGILL, true},
        {"vmrun", CODE(0x0f, 0x01, 0xd8), SIGILL, false},
        {"stac", CODE(0x0f, 0x01, 0xcb), SIGILL, false},
        {"clac", CODE(0x0f, 0x01, 0xca), SIGILL, false},
        {"rsm", CODE(0x0f, 0xaa), SIGILL, false},
    };
    unsigned char *code = map_anonymous(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);

    catch_faults();
    for (unsigned i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        const struct instruction *n = &instructions[i];
        struct fault f;

        memset(code, 0xc3, 16);
        memcpy(code, n->bytes, n->length);
        f = fault_of((void (*)(unsigned long))code, 0);
        if (n->below && f.signal == 0) {
            ok(n->name, "served by the hypervisor below");
            continue;
        }
        if (n->also && f.signal == n->also) {
            expect(f.trap == TRAP_UD && f.ip == (unsigned long)code, n->name, "expected signal %d at %p, saw " FAULT_FORMAT,
                   n->also, code, FAULT_FIELDS(f));
        } else {
            expect(f.signal == SIGSEGV && f.code == SI_KERNEL && f.address == 0 && f.trap == TRAP_GP && f.error == 0 &&
                       f.ip == (unsigned long)code,
                   n->name, "expected signal 11 code 128 addr 0 ip %p trap 13 error 0, saw " FAULT_FORMAT, code,
                   FAULT_FIELDS(f));
        }
        ok(n->name, "signal %d", f.signal);
    }
    return 0;
}
