/* SPDX-License-Identifier: BSD-2-Clause */
/* Private and shared mappings of one file, side by side and across fork. */
#include "pattern.h"

#include <fcntl.h>

enum { PAGES = 256 };

int main(void)
{
    const char *path = "/tmp/cow_file.file";
    int file = must(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
    char *shared, *again, *private, *buffer = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    struct turns t = make_turns();
    pid_t child;

    must(unlink(path));
    must(ftruncate(file, PAGES * PAGE));
    shared = map_pages(PAGES, MAP_SHARED, file);
    again = map_pages(PAGES, MAP_SHARED, file);
    private = map_pages(PAGES, MAP_PRIVATE, file);

    expect_zero_pages("empty", private, PAGES);
    fill_pages(shared, PAGES, 1);
    expect_pages("second mapping", again, PAGES, 1);
    expect_pages("private sees file", private, PAGES, 1);
    ok("second mapping", "both mappings show one file");

    fill_pages(private, PAGES / 2, 2);
    expect_pages("private written", private, PAGES / 2, 2);
    expect_pages("file unchanged", shared, PAGES, 1);
    fill_pages(again, PAGES, 3);
    for (unsigned page = 0; page < PAGES; page++)
        expect_page("private after shared write", private, page, page < PAGES / 2 ? 2 : 3);
    ok("private", "written pages are its own, others follow the file");

    child = must(fork());
    if (child == 0) {
        wait_on(t.to_child);
        expect_pages("child sees shared", shared, PAGES, 4);
        expect_pages("child keeps private", private, PAGES / 2, 2);
        fill_pages(private, PAGES, 5);
        fill_pages(again, PAGES, 6);
        _exit(0);
    }
    fill_pages(shared, PAGES, 4);
    fill_pages(private, PAGES / 4, 7);
    pass_to(t.to_child);
    expect_child_passes("fork", child);
    expect_pages("parent sees shared", shared, PAGES, 6);
    for (unsigned page = 0; page < PAGES; page++)
        expect_page("parent keeps private", private, page, page < PAGES / 4 ? 7 : page < PAGES / 2 ? 2 : 6);
    ok("fork", "shared pages are shared both ways, private ones are not");

    for (unsigned page = 0; page < PAGES; page++) {
        expect_equal("pread", "bytes", PAGE, pread(file, buffer, PAGE, page * PAGE));
        expect(!memcmp(buffer, shared + page * PAGE, PAGE), "pread", "page %u: expected the mapping's bytes", page);
    }
    memset(buffer, 0x5a, PAGE);
    expect_equal("pwrite", "bytes", PAGE, pwrite(file, buffer, PAGE, 9 * PAGE));
    expect(!memcmp(buffer, again + 9 * PAGE, PAGE), "pwrite", "expected the mapping to show the written bytes");
    ok("read and write", "agree with the mapping");
    return 0;
}
