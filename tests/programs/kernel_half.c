/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing of the upper half is open to a process, by its own accesses or by those that a system call makes for it.
 *
 * Every top-level slot is probed at its edges and at the start, because a kernel below Linux may keep pages in slots
 * that Linux does not use.
 */
#include "fault.h"

#include <fcntl.h>
#include <sys/uio.h>

static const unsigned long slot_size = 1UL << 39;

/* The one page that Linux itself may open for execution. */
static const unsigned long vsyscall = 0xffffffffff600000;

static unsigned probes;

static void check_closed(unsigned long address, void (*run)(unsigned long), unsigned long error, const char *name)
{
    struct fault f = fault_of(run, address);

    if (run == jump_to && (address & ~0xfffUL) == vsyscall)
        return;
    /* Linux reports the upper half as present, whatever is mapped there, so that its layout cannot be probed. */
    expect(f.signal == SIGSEGV && f.code == SEGV_MAPERR && f.address == address && f.trap == TRAP_PF &&
               f.error == (error | PF_USER | PF_PRESENT),
           name, "at %#lx: expected signal 11 code 1 addr %#lx trap 14 error %#lx, saw " FAULT_FORMAT, address, address,
           error | PF_USER | PF_PRESENT, FAULT_FIELDS(f));
    probes++;
}

static void check_page(unsigned long address)
{
    check_closed(address, load_byte, 0, "read");
    check_closed(address, store_byte, PF_WRITE, "write");
    check_closed(address, jump_to, PF_FETCH, "execute");
}

int main(void)
{
    static const unsigned long famous[] = {
        0xffffffff81000000, /* kernel text */
        0xffffffffff5fb000, /* fixmap */
        0xffff888000000000, /* direct map */
        0xffffc90000000000, /* vmalloc */
        0xffffea0000000000, /* vmemmap */
        0xfffffe0000000000, /* cpu entry area */
        0xffffe90000000000, /* hole where a server keeps its own areas */
        0xffffffffff600000, /* vsyscall */
        0xfffffffffffff000,
    };
    int zero, pair[2];
    char byte = 0;

    catch_faults();
    for (unsigned long slot = 256; slot < 512; slot++) {
        unsigned long base = 0xffff000000000000 | slot * slot_size;
        check_page(base);
        check_page(base + slot_size - PAGE);
    }
    for (unsigned i = 0; i < sizeof famous / sizeof *famous; i++)
        check_page(famous[i]);
    ok("slots", "%u probes at the edges of slots 256 to 511 all refused", probes);

    probes = 0;
    for (unsigned long page = 0; page < 512; page++)
        check_page(0xffff800000000000 + page * PAGE);
    for (unsigned long slot = 256; slot < 272; slot++)
        for (unsigned long step = 0; step < 30; step++)
            check_closed((0xffff000000000000 | slot * slot_size) + (PAGE << (step % 27)), load_byte, 0, "read");
    ok("hypervisor hole", "%u probes all refused", probes);

    zero = must(open("/dev/zero", O_RDONLY));
    must(pipe(pair));
    for (unsigned i = 0; i < sizeof famous / sizeof *famous; i++) {
        struct iovec local = {&byte, 1}, remote = {(void *)famous[i], 1};

        expect(read(zero, (void *)famous[i], 1) == -1 && errno == EFAULT, "read()", "expected EFAULT at %#lx, saw %s",
               famous[i], strerror(errno));
        expect(write(pair[1], (void *)famous[i], 1) == -1 && errno == EFAULT, "write()",
               "expected EFAULT at %#lx, saw %s", famous[i], strerror(errno));
        if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1)
            expect(famous[i] == vsyscall, "process_vm_readv()", "expected EFAULT at %#lx, saw a byte", famous[i]);
    }
    ok("system calls", "EFAULT for each address");
    return 0;
}
