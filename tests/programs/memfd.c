/* SPDX-License-Identifier: BSD-2-Clause */
/* memfd: shared by mapping and by descriptor, sealed, and its pages given back by a hole. */
#include "pattern.h"

#include <fcntl.h>

enum { PAGES = 128 };

int main(void)
{
    int file = must(memfd_create("pecan", MFD_ALLOW_SEALING));
    char *map, *second;
    pid_t child;

    must(ftruncate(file, PAGES * PAGE));
    map = map_pages(PAGES, MAP_SHARED, file);
    child = must(fork());
    if (child == 0) {
        second = map_pages(PAGES, MAP_SHARED, file);
        fill_pages(second, PAGES, 1);
        _exit(0);
    }
    expect_child_passes("shared", child);
    expect_pages("shared", map, PAGES, 1);
    ok("shared", "%d pages from the child's mapping", PAGES);

    must(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10 * PAGE, 20 * PAGE));
    expect_zero_pages("hole", map + 10 * PAGE, 20);
    expect_pages("hole", map, 10, 1);
    fill_page(map, 10, 5);
    expect_page("hole", map, 10, 5);
    ok("hole", "mapped pages became zero, their neighbours stayed");

    expect(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EBUSY, "seal", "expected EBUSY, saw %s", strerror(errno));
    must(munmap(map, PAGES * PAGE));
    must(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK));
    expect(write(file, "x", 1) == -1 && errno == EPERM, "seal", "expected EPERM, saw %s", strerror(errno));
    expect(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED, "seal", "expected the mapping to be refused");
    ok("seal", "refused while mapped, kept afterwards");
    return 0;
}
