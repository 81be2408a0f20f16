/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor number, by the vdso, by the kernel, by rdpid where it exists, agrees when the thread is pinned. */
#include "check.h"

#include <cpuid.h>
#include <sched.h>
#include <sys/syscall.h>

int main(void)
{
    long number = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned a, b, c, d, cpu, node;

    for (long i = 0; i < number; i++) {
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(i, &set);
        must(sched_setaffinity(0, sizeof set, &set));
        for (unsigned round = 0; round < 100; round++) {
            expect_equal("vdso", "processor", i, sched_getcpu());
            must(syscall(SYS_getcpu, &cpu, &node, 0));
            expect_equal("kernel", "processor", i, cpu);
            if (round % 10 == 0)
                sched_yield();
        }
        /* The segment whose limit carries the number. */
        unsigned limit = 0;
        asm volatile("lsl %1, %0" : "+r"(limit) : "r"(0x7b));
        expect_equal("lsl", "processor", i, limit & 0xfff);
        if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & bit_RDPID)) {
            uint64_t id;

            asm volatile("rdpid %0" : "=r"(id));
            expect_equal("rdpid", "processor", i, id & 0xfff);
        }
        if (__get_cpuid(0x80000001, &a, &b, &c, &d) && (d & (1 << 27))) {
            unsigned low, high, id;

            asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(id));
            expect_equal("rdtscp", "processor", i, id & 0xfff);
        }
    }
    ok("processor number", "%ld processors, by vdso, kernel, lsl, rdpid, rdtscp", number);
    return 0;
}
