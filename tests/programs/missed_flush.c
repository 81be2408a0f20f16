/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A flush is left out on purpose (skip_flush, docs/abi/linux.md): a page that has lost the right to be written keeps it
 * in the virtual TLB. With the check of the virtual TLB on this must be counted; here it is only brought about.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
    int knob = open("/sys/kernel/debug/l4/skip_flush", O_WRONLY);
    char *page = must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

    *(volatile char *)page = 1;
    if (knob < 0 || write(knob, "1", 1) != 1) {
        ok("nothing", "no virtual TLB, or its check is off");
        return 0;
    }
    must(mprotect(page, PAGE, PROT_READ));
    /* The right that should be gone. */
    *(volatile char *)page = 2;
    ok("missed", "a page that must only be read has been written");
    return 0;
}
