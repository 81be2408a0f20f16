/* SPDX-License-Identifier: BSD-2-Clause */
/* Load the whole vector and floating-point state from a seed, and tell whether it is still there. */
#ifndef FPU_H
#define FPU_H

#include "check.h"

#include <cpuid.h>

enum width { WIDTH_XMM = 16, WIDTH_YMM = 32, WIDTH_ZMM = 64 };

static inline uint64_t xcr0(void)
{
    uint32_t low, high;

    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

/* The widest registers that processor and kernel offer. */
static inline enum width vector_width(void)
{
    unsigned a, b, c, d;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX) || (xcr0() & 6) != 6)
        return WIDTH_XMM;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX512F) && (xcr0() & 0xe6) == 0xe6)
        return WIDTH_ZMM;
    return WIDTH_YMM;
}

struct fpu_state {
    uint8_t vector[32][64];
    uint64_t mask[8];
    double stack[8];
    uint32_t mxcsr;
    uint16_t control;
};

static inline void make_state(struct fpu_state *s, uint64_t seed)
{
    static const uint32_t rounding[] = {0x1f80, 0x3f80, 0x5f80, 0x7f80};
    static const uint16_t controls[] = {0x37f, 0x77f, 0xb7f, 0xf7f};

    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < sizeof s->vector; i++)
        ((uint8_t *)s->vector)[i] = (seed * 2654435761u + i * 40503u) >> 7;
    for (unsigned i = 0; i < 8; i++) {
        s->mask[i] = (seed << 8 | i) & 0xffff;
        s->stack[i] = seed * 16.0 + i + 0.5;
    }
    s->mxcsr = rounding[seed % 4];
    s->control = controls[seed / 4 % 4];
}

#define EACH_8(m, base) m(base##0) m(base##1) m(base##2) m(base##3) m(base##4) m(base##5) m(base##6) m(base##7)
#define EACH_16(m) EACH_8(m, ) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15)
#define EACH_HIGH(m)                                                                                                   \
    m(16) m(17) m(18) m(19) m(20) m(21) m(22) m(23) m(24) m(25) m(26) m(27) m(28) m(29) m(30) m(31)

#define LOAD_X(n) "movdqu " #n "*64(%0), %%xmm" #n "\n"
#define SAVE_X(n) "movdqu %%xmm" #n ", " #n "*64(%0)\n"
#define LOAD_Y(n) "vmovdqu " #n "*64(%0), %%ymm" #n "\n"
#define SAVE_Y(n) "vmovdqu %%ymm" #n ", " #n "*64(%0)\n"
#define LOAD_Z(n) "vmovdqu64 " #n "*64(%0), %%zmm" #n "\n"
#define SAVE_Z(n) "vmovdqu64 %%zmm" #n ", " #n "*64(%0)\n"
#define LOAD_K(n) "kmovw " #n "*8(%1), %%k" #n "\n"
#define SAVE_K(n) "kmovw %%k" #n ", " #n "*8(%1)\n"
#define LOAD_ST(n) "fldl " #n "*8(%2)\n"
#define SAVE_ST(n) "fstpl (7-" #n ")*8(%2)\n"
#define FPU_OPERANDS : : "r"(s->vector), "r"(s->mask), "r"(s->stack), "r"(&s->mxcsr), "r"(&s->control) : "memory"

/* The compiler knows nothing of what happens to these registers, so it must not use them itself. */
#define GENERAL_ONLY __attribute__((noinline, target("general-regs-only")))

GENERAL_ONLY static void load_state(const struct fpu_state *s, enum width width)
{
    if (width == WIDTH_ZMM)
        asm volatile(EACH_16(LOAD_Z) EACH_HIGH(LOAD_Z) EACH_8(LOAD_K, ) FPU_OPERANDS);
    else if (width == WIDTH_YMM)
        asm volatile(EACH_16(LOAD_Y) FPU_OPERANDS);
    else
        asm volatile(EACH_16(LOAD_X) FPU_OPERANDS);
    asm volatile("fninit\n" EACH_8(LOAD_ST, ) "fldcw (%4)\n ldmxcsr (%3)\n" FPU_OPERANDS);
}

GENERAL_ONLY static void save_state(struct fpu_state *s, enum width width)
{
    static const uint32_t normal = 0x1f80;

    if (width == WIDTH_ZMM)
        asm volatile(EACH_16(SAVE_Z) EACH_HIGH(SAVE_Z) EACH_8(SAVE_K, ) "vzeroupper\n" FPU_OPERANDS);
    else if (width == WIDTH_YMM)
        asm volatile(EACH_16(SAVE_Y) "vzeroupper\n" FPU_OPERANDS);
    else
        asm volatile(EACH_16(SAVE_X) FPU_OPERANDS);
    asm volatile("stmxcsr (%3)\n fnstcw (%4)\n" EACH_8(SAVE_ST, ) "fninit\n" FPU_OPERANDS);
    asm volatile("ldmxcsr %0" : : "m"(normal));
}

/* The state behind a call of run, which must be GENERAL_ONLY, when it was *before in front of it. */
GENERAL_ONLY static void carry_state(const struct fpu_state *before, struct fpu_state *after, enum width width,
                                     void (*run)(void *), void *argument)
{
    load_state(before, width);
    run(argument);
    save_state(after, width);
}

static inline void expect_state(const char *name, const struct fpu_state *wanted, const struct fpu_state *seen, enum width width)
{
    unsigned registers = width == WIDTH_ZMM ? 32 : 16;

    for (unsigned i = 0; i < registers; i++)
        for (unsigned byte = 0; byte < width; byte++)
            expect(wanted->vector[i][byte] == seen->vector[i][byte], name, "vector register %u byte %u: expected %#x, saw %#x",
                   i, byte, wanted->vector[i][byte], seen->vector[i][byte]);
    for (unsigned i = 0; i < 8; i++) {
        if (width == WIDTH_ZMM)
            expect_equal(name, "mask register", wanted->mask[i], seen->mask[i]);
        expect(wanted->stack[i] == seen->stack[i], name, "x87 register %u: expected %f, saw %f", i, wanted->stack[i],
               seen->stack[i]);
    }
    expect_equal(name, "mxcsr", wanted->mxcsr, seen->mxcsr & ~0x3fU);
    expect_equal(name, "x87 control word", wanted->control, seen->control);
}

#endif
