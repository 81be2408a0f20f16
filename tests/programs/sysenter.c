/* SPDX-License-Identifier: BSD-2-Clause */
/* sysenter from a 64-bit process ends that process, and nothing else. */
#include "check.h"

#include <signal.h>

int main(void)
{
    int status;
    pid_t child = must(fork());

    if (child == 0) {
        asm volatile("mov %%rsp, %%rbp\n sysenter" : : "a"(20) : "memory");
        _exit(0);
    }
    must(waitpid(child, &status, 0));
    expect(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGILL), "sysenter",
           "expected the child to die of signal 11 or 4, saw wait status %#x", status);
    ok("sysenter", "the child died of signal %d", WTERMSIG(status));
    return 0;
}
