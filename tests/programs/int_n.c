/* SPDX-License-Identifier: BSD-2-Clause */
/* Every software interrupt: only breakpoint and overflow have a gate that ring 3 may use. */
#include "fault.h"

int main(void)
{
    unsigned char *code = map_anonymous(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    struct fault f;

    catch_faults();
    for (unsigned vector = 0; vector < 256; vector++) {
        const unsigned char bytes[] = {0xcd, vector, 0xc3};
        unsigned long trap = TRAP_GP, error = vector << 3 | 2, ip = (unsigned long)code;
        int signal = SIGSEGV;

        if (vector == 0x80)
            continue;
        if (vector == 3 || vector == 4) {
            signal = vector == 3 ? SIGTRAP : SIGSEGV;
            trap = vector;
            error = 0;
            ip += 2;
        }
        memcpy(code, bytes, sizeof bytes);
        f = fault_of((void (*)(unsigned long))code, 0);
        /* QEMU's emulation doubles the vector in the error code, as if 64-bit gates had twice the index. */
        if (trap == TRAP_GP && f.error == (vector << 4 | 2))
            error = f.error;
        expect(f.signal == signal && f.code == SI_KERNEL && f.address == 0 && f.trap == trap && f.error == error && f.ip == ip,
               "int n", "vector %u: expected signal %d trap %lu error %#lx ip %#lx, saw " FAULT_FORMAT, vector, signal, trap,
               error, ip, FAULT_FIELDS(f));
    }
    ok("int n", "255 vectors raise what they should");

    /* The 32-bit system call, getpid: refused where Linux is built without 32-bit support. */
    long result = 20;
    if (!sigsetjmp(fault_return, 1)) {
        memset(&fault_seen, 0, sizeof fault_seen);
        asm volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
    }
    f = fault_seen;
    if (f.signal == 0) {
        expect(result == getpid(), "int 0x80", "expected SIGSEGV or getpid()=%d, saw %ld", getpid(), result);
        ok("int 0x80", "served: getpid() is %ld", result);
    } else {
        expect(f.signal == SIGSEGV && f.trap == TRAP_GP && f.error & 2, "int 0x80",
               "expected signal 11 trap 13 with bit 1 of the error, saw " FAULT_FORMAT, FAULT_FIELDS(f));
        ok("int 0x80", "refused: SIGSEGV");
    }
    return 0;
}
