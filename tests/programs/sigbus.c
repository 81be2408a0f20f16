/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGBUS behind the end of a mapped file, on a file of tmpfs and on a memfd, shared and private. */
#include "fault.h"

#include <fcntl.h>

static void check(const char *name, int file, int flags)
{
    char *map;
    struct fault f;

    must(ftruncate(file, 2 * PAGE + 100));
    map = must(mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, flags, file, 0));

    /* The rest of the last page reads as zero; the page behind it is not there. */
    expect_equal(name, "last byte of the last page", 0, map[3 * PAGE - 1]);
    for (int round = 0; round < 2; round++) {
        void (*access)(unsigned long) = round ? store_byte : load_byte;
        unsigned long address = (unsigned long)map + 3 * PAGE + 21;

        f = fault_of(access, address);
        expect(f.signal == SIGBUS && f.code == BUS_ADRERR && f.address == address && f.ip == (unsigned long)access, name,
               "expected signal 7 code 2 addr %#lx ip %p, saw " FAULT_FORMAT, address, (void *)access, FAULT_FIELDS(f));
    }

    /* A page that was there and is cut off faults too, although it had been mapped. */
    map[PAGE] = 5;
    must(ftruncate(file, PAGE));
    f = fault_of(load_byte, (unsigned long)map + PAGE);
    expect(f.signal == SIGBUS && f.code == BUS_ADRERR, name, "after ftruncate: expected signal 7 code 2, saw " FAULT_FORMAT,
           FAULT_FIELDS(f));

    /* Growing it brings fresh zeroes. */
    must(ftruncate(file, 4 * PAGE));
    expect_equal(name, "byte after growing", 0, map[PAGE]);
    store_byte((unsigned long)map + 3 * PAGE);
    expect_equal(name, "byte stored after growing", 1, map[3 * PAGE]);
    must(munmap(map, 4 * PAGE));
    ok(name, "SIGBUS with the right address behind the end and after ftruncate");
}

int main(void)
{
    const char *path = "/tmp/sigbus.file";
    int file;

    catch_faults();
    file = must(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
    check("file shared", file, MAP_SHARED);
    check("file private", file, MAP_PRIVATE);
    must(unlink(path));
    file = must(memfd_create("sigbus", 0));
    check("memfd shared", file, MAP_SHARED);
    check("memfd private", file, MAP_PRIVATE);
    return 0;
}
