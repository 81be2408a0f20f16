/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel itself writes to a process's pages: read() into pages that are fresh, shared with a child, read-only,
 * half missing. Its accesses must break sharing, stop at the hole and respect rights just as the process's own.
 */
#include "pattern.h"

#include <fcntl.h>
#include <sys/uio.h>

enum { PAGES = 128 };

int main(void)
{
    char *area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1), *source = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    int file = must(memfd_create("source", 0));
    struct turns t = make_turns();
    pid_t child;

    fill_pages(source, PAGES, 7);
    expect_equal("setup", "bytes written", PAGES * PAGE, write(file, source, PAGES * PAGE));

    expect_equal("fresh pages", "bytes read", PAGES * PAGE, pread(file, area, PAGES * PAGE, 0));
    expect_pages("fresh pages", area, PAGES, 7);
    ok("fresh pages", "read() of %lu bytes", PAGES * PAGE);

    fill_pages(area, PAGES, 1);
    child = must(fork());
    if (child == 0) {
        wait_on(t.to_child);
        expect_pages("shared pages", area, PAGES, 1);
        fill_pages(source, PAGES, 8);
        expect_equal("shared pages", "bytes written", PAGES * PAGE, pwrite(file, source, PAGES * PAGE, 0));
        expect_equal("shared pages", "bytes read", PAGES * PAGE, pread(file, area, PAGES * PAGE, 0));
        expect_pages("shared pages", area, PAGES, 8);
        _exit(0);
    }
    expect_equal("shared pages", "bytes read", PAGES * PAGE, pread(file, area, PAGES * PAGE, 0));
    pass_to(t.to_child);
    expect_child_passes("shared pages", child);
    expect_pages("shared pages", area, PAGES, 7);
    ok("shared pages", "read() into pages shared with a child broke the sharing, on both sides");

    must(mprotect(area + 4 * PAGE, PAGE, PROT_READ));
    errno = 0;
    expect(pread(file, area + 4 * PAGE, 10, 0) == -1 && errno == EFAULT, "read-only page", "expected EFAULT, saw %s",
           strerror(errno));
    expect_page("read-only page", area, 4, 7);
    ok("read-only page", "EFAULT and unchanged");

    must(munmap(area + 9 * PAGE, PAGE));
    struct iovec out = {area + 8 * PAGE, 2 * PAGE};
    int pair[2];
    ssize_t length;
    must(pipe(pair));
    length = write(pair[1], area + 8 * PAGE, 2 * PAGE);
    expect(length == PAGE || (length == -1 && errno == EFAULT), "half missing", "expected 4096 or EFAULT, saw %zd", length);
    must(lseek(file, 0, SEEK_SET));
    length = readv(file, &out, 1);
    expect(length == PAGE, "half missing", "expected readv to stop behind 4096 bytes, saw %zd", length);
    expect(pread(file, area + 9 * PAGE, 8, 0) == -1 && errno == EFAULT, "missing", "expected EFAULT, saw %s", strerror(errno));
    ok("half missing", "system calls stop at the hole");

    /* A path that crosses from a mapped into an unmapped page. */
    char *edge = area + 9 * PAGE - 4;
    memcpy(edge, "/tmp", 4);
    expect(open(edge, O_RDONLY) == -1 && errno == EFAULT, "string at the edge", "expected EFAULT, saw %s", strerror(errno));
    memcpy(edge, "/.\0", 3);
    expect(access(edge, F_OK) == 0, "string at the edge", "expected the path to be found, saw %s", strerror(errno));
    ok("string at the edge", "read up to the edge and not beyond");
    return 0;
}
