/* SPDX-License-Identifier: BSD-2-Clause */
/* Invalid opcodes and breakpoints: SIGILL at the instruction, SIGTRAP behind it. */
#include "fault.h"

struct opcode {
    const char *name;
    unsigned char bytes[8];
    int signal, code;
    unsigned long trap;
    int ip_offset;
    bool has_address;
};

int main(void)
{
    /* lock; nop is how an L4 task asks for its kernel interface page; for a Linux process it is nothing at all. */
    static const struct opcode opcodes[] = {
        {"ud2", {0x0f, 0x0b}, SIGILL, ILL_ILLOPN, TRAP_UD, 0, true},
        {"ud1", {0x0f, 0xb9, 0xc0}, SIGILL, ILL_ILLOPN, TRAP_UD, 0, true},
        {"lock nop", {0xf0, 0x90, 0xc3}, SIGILL, ILL_ILLOPN, TRAP_UD, 0, true},
        {"push cs", {0x0e, 0xc3}, SIGILL, ILL_ILLOPN, TRAP_UD, 0, true},
        {"int3", {0xcc, 0xc3}, SIGTRAP, SI_KERNEL, TRAP_BP, 1, false},
        {"int 3", {0xcd, 0x03, 0xc3}, SIGTRAP, SI_KERNEL, TRAP_BP, 2, false},
        {"int1", {0xf1, 0xc3}, SIGTRAP, 0, TRAP_DB, 1, false},
    };
    unsigned char *code = map_anonymous(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);

    catch_faults();
    for (unsigned i = 0; i < sizeof opcodes / sizeof *opcodes; i++) {
        const struct opcode *o = &opcodes[i];
        unsigned char *at = code + 64 * i;
        struct fault f;

        memcpy(at, o->bytes, sizeof o->bytes);
        f = fault_of((void (*)(unsigned long))at, 0);
        if (o->trap == TRAP_DB && f.trap == TRAP_UD) {
            ok(o->name, "not known to this processor");
            continue;
        }
        expect(f.signal == o->signal && f.trap == o->trap && f.ip == (unsigned long)at + o->ip_offset && f.error == 0, o->name,
               "expected signal %d trap %lu ip %p, saw " FAULT_FORMAT, o->signal, o->trap, at + o->ip_offset,
               FAULT_FIELDS(f));
        if (o->trap != TRAP_DB)
            expect(f.code == o->code, o->name, "expected code %d, saw %d", o->code, f.code);
        if (o->has_address)
            expect(f.address == f.ip, o->name, "expected addr %#lx, saw %#lx", f.ip, f.address);
        ok(o->name, FAULT_FORMAT, FAULT_FIELDS(f));
    }
    return 0;
}
