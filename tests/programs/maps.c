/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/self tells of the address space what is true: maps, resident pages, and page flags. */
#include "pattern.h"

#include <fcntl.h>

struct range {
    unsigned long start, end;
    char rights[5];
    bool found;
};

static struct range range_of(const void *address)
{
    static char text[65536]; /* no stdio: its buffer would be a new mapping */
    struct range r = {0}, last = {0};
    int maps = must(open("/proc/self/maps", O_RDONLY));
    size_t length = 0;
    ssize_t more;

    while ((more = must(read(maps, text + length, sizeof text - 1 - length))) > 0)
        length += more;
    text[length] = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(0, "\n")) {
        struct range now = {0};

        expect(sscanf(line, "%lx-%lx %4s", &now.start, &now.end, now.rights) == 3, "maps", "expected a range, saw %s", line);
        expect(now.start >= last.end && now.end > now.start, "maps", "expected ranges in order, saw %s", line);
        last = now;
        if ((unsigned long)address >= now.start && (unsigned long)address < now.end) {
            r = now;
            r.found = true;
        }
    }
    close(maps);
    return r;
}

static void expect_rights(const char *name, const void *address, const char *rights)
{
    struct range r = range_of(address);

    expect(r.found && !strcmp(r.rights, rights), name, "expected %s at %p, saw %s", rights, address, r.found ? r.rights : "none");
}

static long resident_pages(void)
{
    long total, resident;
    FILE *statm = fopen("/proc/self/statm", "r");

    expect(statm && fscanf(statm, "%ld %ld", &total, &resident) == 2, "statm", "expected two numbers");
    fclose(statm);
    return resident;
}

static bool in_core(const char *page)
{
    unsigned char in = 0;

    must(mincore((void *)page, PAGE, &in));
    return in & 1;
}

int main(void)
{
    char *area = map_pages(1024, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    static char data[PAGE] = "x";
    long before = 0, after;

    expect_rights("text", (void *)main, "r-xp");
    expect_rights("data", data, "rw-p");
    expect_rights("stack", &before, "rw-p");
    expect_rights("area", area, "rw-p");
    must(mprotect(area + 4 * PAGE, PAGE, PROT_READ));
    expect_rights("mprotect", area + 4 * PAGE, "r--p");
    expect_rights("neighbour", area + 5 * PAGE, "rw-p");
    must(munmap(area + 4 * PAGE, PAGE));
    expect(!range_of(area + 4 * PAGE).found, "munmap", "expected nothing at %p", area + 4 * PAGE);
    ok("maps", "in order, with the right rights");

    before = resident_pages();
    fill_pages(area + 8 * PAGE, 1000, 1);
    after = resident_pages();
    expect(after - before >= 900 && after - before <= 1100, "resident", "expected about 1000 pages more, saw %ld", after - before);
    must(madvise(area + 8 * PAGE, 1000 * PAGE, MADV_DONTNEED));
    after = resident_pages();
    expect(after - before <= 100, "resident", "expected them gone, saw %ld more than before", after - before);
    ok("resident", "counts pages touched and given back");
    fill_page(area, 9, 1);
    expect(in_core(area + 9 * PAGE) && !in_core(area + 10 * PAGE), "mincore", "expected one page in core and one not");
    ok("mincore", "tells touched pages from others");
    return 0;
}
