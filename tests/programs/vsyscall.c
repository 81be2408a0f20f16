/* SPDX-License-Identifier: BSD-2-Clause */
/* The vsyscall page: it works or it faults, as Linux was configured; it can be neither written nor jumped into. */
#include "fault.h"

#include <sys/time.h>

static const unsigned long page = 0xffffffffff600000;

static void call_time(unsigned long address)
{
    ((long (*)(long *))address)(0);
}

int main(void)
{
    struct fault f;

    catch_faults();
    f = fault_of(call_time, page + 0x400);
    if (f.signal == 0) {
        long seen = ((long (*)(long *))(page + 0x400))(0), now = time(0);

        expect(now - seen <= 1 && seen <= now, "time", "expected %ld, saw %ld", now, seen);
        ok("time", "served");
    } else {
        expect(f.signal == SIGSEGV && f.address == page + 0x400, "time", "expected signal 11 addr %#lx, saw " FAULT_FORMAT,
               page + 0x400, FAULT_FIELDS(f));
        ok("time", "refused, as configured");
    }
    f = fault_of(store_byte, page);
    expect(f.signal == SIGSEGV && f.address == page, "write", "expected signal 11, saw " FAULT_FORMAT, FAULT_FIELDS(f));
    f = fault_of(jump_to, page + 0x123);
    expect(f.signal == SIGSEGV, "jump inside", "expected signal 11, saw " FAULT_FORMAT, FAULT_FIELDS(f));
    ok("write and jump inside", "refused");
    return 0;
}
