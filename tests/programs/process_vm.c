/* SPDX-License-Identifier: BSD-2-Clause */
/* One process reads and writes another's memory: process_vm_readv, process_vm_writev and /proc/PID/mem. */
#include "pattern.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/uio.h>

enum { PAGES = 64 };

int main(void)
{
    char *theirs = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1), *mine = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    struct turns t = make_turns();
    struct iovec local = {mine, PAGES * PAGE}, remote = {theirs, PAGES * PAGE};
    char name[32];
    int memory;
    pid_t child;

    fill_pages(theirs, PAGES, 1);
    child = must(fork());
    if (child == 0) {
        fill_pages(theirs, PAGES / 2, 2);
        pass_to(t.to_parent);
        wait_on(t.to_child);
        expect_pages("written", theirs, PAGES, 3);
        must(mprotect(theirs, PAGE, PROT_READ));
        pass_to(t.to_parent);
        wait_on(t.to_child);
        expect_page("forced", theirs, 0, 4);
        _exit(0);
    }
    wait_on(t.to_parent);
    expect_equal("read", "bytes", PAGES * PAGE, process_vm_readv(child, &local, 1, &remote, 1, 0));
    for (unsigned page = 0; page < PAGES; page++)
        expect_page("read", mine, page, page < PAGES / 2 ? 2 : 1);
    expect_pages("own", theirs, PAGES, 1);
    ok("process_vm_readv", "%lu bytes", PAGES * PAGE);

    /* Half of the child's pages are still shared with this process: the write must copy them. */
    fill_pages(mine, PAGES, 3);
    expect_equal("write", "bytes", PAGES * PAGE, process_vm_writev(child, &local, 1, &remote, 1, 0));
    expect_pages("own", theirs, PAGES, 1);
    pass_to(t.to_child);
    wait_on(t.to_parent);
    ok("process_vm_writev", "%lu bytes, own pages untouched", PAGES * PAGE);

    expect(process_vm_writev(child, &local, 1, &remote, 1, 0) < (ssize_t)(PAGES * PAGE), "read-only", "expected it to be refused");
    snprintf(name, sizeof name, "/proc/%d/mem", child);
    memory = must(open(name, O_RDWR));
    fill_page(mine, 0, 4);
    expect_equal("/proc/PID/mem", "bytes", PAGE, pwrite(memory, mine, PAGE, (off_t)theirs));
    pass_to(t.to_child);
    expect_child_passes("/proc/PID/mem", child);
    ok("/proc/PID/mem", "writes a page that is read-only for the process itself");
    return 0;
}
