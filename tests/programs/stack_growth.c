/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack grows by touching it, in steps and in jumps, keeps its content, and ends in SIGSEGV at its limit. */
#include "fault.h"
#include "pattern.h"

#include <sys/resource.h>

static __attribute__((noinline)) uint64_t recurse(unsigned depth)
{
    volatile uint64_t frame[128];

    frame[0] = depth;
    frame[127] = ~(uint64_t)depth;
    if (depth > 0) {
        uint64_t below = recurse(depth - 1);
        expect_equal("recursion", "depth", depth - 1, below);
    }
    expect(frame[0] == depth && frame[127] == ~(uint64_t)depth, "recursion", "frame %u lost its content", depth);
    return frame[0];
}

static __attribute__((noinline)) void jump_down(size_t bytes)
{
    volatile char *far = __builtin_alloca(bytes);

    far[0] = 42; /* touched far below, nothing between */
    far[bytes / 2] = 43;
    expect(far[0] == 42 && far[bytes / 2] == 43, "jump", "expected 42 and 43, saw %d and %d", far[0], far[bytes / 2]);
}

static volatile unsigned long depth_never_reached = ~0UL;

static __attribute__((noinline)) void overflow(unsigned long depth)
{
    volatile char frame[1024];

    frame[0] = depth;
    if (depth != depth_never_reached)
        overflow(depth + 1);
    frame[1] = frame[0];
}

int main(void)
{
    struct rlimit limit;
    unsigned long here = (unsigned long)__builtin_frame_address(0);
    struct fault f;

    catch_faults();
    must(getrlimit(RLIMIT_STACK, &limit));
    recurse(3000); /* about 3 MiB */
    ok("recursion", "3000 frames of a kilobyte");
    jump_down(6 << 20);
    ok("jump", "6 MiB down in one step");

    f = fault_of(overflow, 0);
    expect(f.signal == SIGSEGV && f.trap == TRAP_PF, "overflow", "expected signal 11 trap 14, saw " FAULT_FORMAT,
           FAULT_FIELDS(f));
    expect(limit.rlim_cur == RLIM_INFINITY || (f.address < here && here - f.address <= limit.rlim_cur + PAGE), "overflow",
           "expected the fault at most %#lx below %#lx, saw it at %#lx", (unsigned long)limit.rlim_cur, here, f.address);
    ok("overflow", "SIGSEGV %lu KiB below, limit %lu KiB", (here - f.address) >> 10, (unsigned long)limit.rlim_cur >> 10);
    return 0;
}
