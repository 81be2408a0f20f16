/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/mem at the local APIC, which natively is Linux's and on Pecan is the microkernel's: there its page is refused,
 * which a process sees as SIGBUS and a system call as EFAULT; neither hangs, and Linux lives on.
 */
#include "fault.h"

#include <fcntl.h>

enum { APIC = 0xfee00000 };

int main(void)
{
    bool pecan = access("/sys/hypervisor/type", R_OK) == 0;
    int memory = must(open("/dev/mem", O_RDWR | O_SYNC)), pipe_ends[2];
    char *page = must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, APIC));
    struct fault f;

    catch_faults();
    must(pipe(pipe_ends));
    if (!pecan) {
        ok("refused", "natively there is nothing to refuse");
        return 0;
    }
    for (unsigned round = 0; round < 3; round++) {
        for (int write = 0; write < 2; write++) {
            unsigned long address = (unsigned long)page + 0x20;

            f = fault_of(write ? store_byte : load_byte, address);
            expect(f.signal == SIGBUS && f.code == BUS_ADRERR && f.address == address, "refused",
                   "expected signal 7 code 2 addr %#lx, saw " FAULT_FORMAT, address, FAULT_FIELDS(f));
        }
        expect(write(pipe_ends[1], page, 16) == -1 && errno == EFAULT, "refused", "expected EFAULT, saw %s", strerror(errno));
    }
    ok("refused", "SIGBUS for the process, EFAULT for system calls");
    return 0;
}
