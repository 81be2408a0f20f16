/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults that another thread answers: the access is tried again until the page is there, however often it is woken
 * before; and a page that is write-protected that way holds still until it is opened.
 */
#include "pattern.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

enum { PAGES = 64, FALSE_WAKES = 3 };

static int uffd;
static char *area, *source;
static unsigned wakes, answered, opened;

static void answer_missing(unsigned long address)
{
    unsigned long page = (address - (unsigned long)area) / PAGE;
    static unsigned long last = -1;
    static unsigned times;

    /* Woken without a page it must come back with the same fault. */
    if (last != page) {
        last = page;
        times = 0;
    }
    if (times++ < FALSE_WAKES) {
        must(ioctl(uffd, UFFDIO_WAKE, (&(struct uffdio_range){address & -PAGE, PAGE})));
        wakes++;
        return;
    }
    fill_page(source, 0, page + 100);
    answered++; /* before the other thread goes on */
    must(ioctl(uffd, UFFDIO_COPY, (&(struct uffdio_copy){.dst = address & -PAGE, .src = (unsigned long)source, .len = PAGE})));
}

static void *handler(void *unused)
{
    struct uffd_msg message;

    (void)unused;
    while (read(uffd, &message, sizeof message) == sizeof message) {
        unsigned long address = message.arg.pagefault.address;

        expect_equal("handler", "event", UFFD_EVENT_PAGEFAULT, message.event);
        if (message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
            opened++;
            must(ioctl(uffd, UFFDIO_WRITEPROTECT, (&(struct uffdio_writeprotect){{address & -PAGE, PAGE}, 0})));
        } else {
            answer_missing(address);
        }
    }
    return 0;
}

int main(void)
{
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP};
    int pipe_ends[2];
    pthread_t thread;

    uffd = must(syscall(SYS_userfaultfd, O_CLOEXEC));
    must(ioctl(uffd, UFFDIO_API, &api));
    area = map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    source = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    range.range = (struct uffdio_range){(unsigned long)area, PAGES * PAGE};
    must(ioctl(uffd, UFFDIO_REGISTER, &range));
    pthread_create(&thread, 0, handler, 0);

    for (unsigned page = 0; page < PAGES / 2; page++)
        expect_page("missing", area + page * PAGE, 0, page + 100);
    ok("missing", "%d pages, %d wakes for nothing before each", PAGES / 2, FALSE_WAKES);

    /* The same for accesses of the kernel on the process's behalf. */
    must(pipe(pipe_ends));
    for (unsigned page = PAGES / 2; page < PAGES; page++) {
        char copy[16];

        expect_equal("kernel", "bytes", 16, must(write(pipe_ends[1], area + page * PAGE, 16)));
        expect_equal("kernel", "bytes", 16, must(read(pipe_ends[0], copy, 16)));
        expect(!memcmp(copy, area + page * PAGE, 16), "kernel", "expected the page's content in the pipe");
        expect_page("kernel", area + page * PAGE, 0, page + 100);
    }
    expect_equal("kernel", "pages answered", PAGES, answered);
    expect_equal("kernel", "wakes", PAGES * FALSE_WAKES, wakes);
    ok("kernel", "%u pages by system calls", PAGES / 2);

    for (unsigned round = 1; round <= 3; round++) {
        must(ioctl(uffd, UFFDIO_WRITEPROTECT,
                   (&(struct uffdio_writeprotect){{(unsigned long)area, PAGES * PAGE}, UFFDIO_WRITEPROTECT_MODE_WP})));
        for (unsigned page = 0; page < PAGES; page++)
            fill_page(area, page, round);
        expect_pages("protected", area, PAGES, round);
        expect_equal("protected", "pages opened", round * PAGES, opened);
    }
    ok("protected", "each write after it was seen, 3 rounds");
    return 0;
}
