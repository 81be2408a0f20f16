/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGFPE from the integer unit, the x87 unit and SSE, with the cause and the instruction pointer. */
#include "fault.h"

void divide_by(unsigned long divisor);
void divide_overflow(unsigned long unused);
void x87_fault(unsigned long control);
void sse_fault(unsigned long mxcsr);
void sse_flags(unsigned long mxcsr);
extern char x87_wait[], sse_divide[];
static float zero = 0.0f, one = 1.0f;
static unsigned mxcsr_after;

asm(".pushsection .text\n"
    "divide_by:       xor %edx, %edx\n"
    "                 mov $7, %eax\n"
    "divide_at:       div %rdi\n"
    "                 ret\n"
    "divide_overflow: mov $0x80000000, %eax\n"
    "                 cltd\n"
    "                 mov $-1, %edi\n"
    "overflow_at:     idiv %edi\n"
    "                 ret\n"
    /* 1 / 0 leaves the fault pending in the x87 unit; the next instruction of it reports. */
    "x87_fault:       push %rdi\n"
    "                 fninit\n"
    "                 fldcw (%rsp)\n"
    "                 pop %rdi\n"
    "                 fld1\n"
    "                 fldz\n"
    "x87_divide:      fdivrp\n"
    "x87_wait:        fwait\n"
    "                 fninit\n"
    "                 ret\n"
    ".popsection");
extern char divide_at[], overflow_at[], x87_divide[];

static void sse_divide_by_zero(unsigned long mxcsr)
{
    unsigned control = mxcsr, normal = 0x1f80;

    asm volatile("ldmxcsr %[control]\n"
                 "movss %[one], %%xmm0\n"
                 "sse_divide: divss %[zero], %%xmm0\n"
                 "stmxcsr %[after]\n"
                 "ldmxcsr %[normal]"
                 : [after] "=m"(mxcsr_after)
                 : [control] "m"(control), [normal] "m"(normal), [one] "m"(one), [zero] "m"(zero)
                 : "xmm0", "memory");
}

static void check(const char *name, struct fault f, int code, void *ip, unsigned long address)
{
    expect(f.signal == SIGFPE && f.code == code && f.ip == (unsigned long)ip && f.address == address, name,
           "expected signal 8 code %d addr %#lx ip %p, saw " FAULT_FORMAT, code, address, ip, FAULT_FIELDS(f));
    ok(name, FAULT_FORMAT, FAULT_FIELDS(f));
}

int main(void)
{
    struct fault f;

    catch_faults();
    check("divide by zero", fault_of(divide_by, 0), FPE_INTDIV, divide_at, (unsigned long)divide_at);
    check("divide overflow", fault_of(divide_overflow, 0), FPE_INTDIV, overflow_at, (unsigned long)overflow_at);
    f = fault_of(divide_by, 3);
    expect(f.signal == 0, "divide by three", "expected no signal, saw " FAULT_FORMAT, FAULT_FIELDS(f));

    check("x87 divide by zero", fault_of(x87_fault, 0x37b), FPE_FLTDIV, x87_wait, (unsigned long)x87_wait);
    f = fault_of(x87_fault, 0x37f);
    expect(f.signal == 0, "x87 masked", "expected no signal, saw " FAULT_FORMAT, FAULT_FIELDS(f));

    f = fault_of(sse_divide_by_zero, 0x1f80);
    expect(f.signal == 0 && mxcsr_after == 0x1f84, "sse masked", "expected no signal and mxcsr 0x1f84, saw mxcsr %#x",
           mxcsr_after);
    f = fault_of(sse_divide_by_zero, 0x1f80 & ~0x200);
    if (f.signal == 0) {
        /* An emulator that does not raise SIMD exceptions must at least have set the flag. */
        expect(mxcsr_after == (0x1d80 | 4), "sse divide by zero", "expected a signal or mxcsr 0x1d84, saw %#x",
               mxcsr_after);
        ok("sse divide by zero", "this processor raises no SIMD exception, flag is set");
    } else {
        check("sse divide by zero", f, FPE_FLTDIV, sse_divide, (unsigned long)sse_divide);
    }
    return 0;
}
