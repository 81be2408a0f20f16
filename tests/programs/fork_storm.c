/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes in numbers: one after the other, many at once, trees, orphans; memory is the same afterwards. */
#include "pattern.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>

static char *area;

static void one_after_the_other(unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        pid_t child = must(fork());

        if (child == 0) {
            fill_page(area, i % 16, i + 100);
            _exit(0);
        }
        expect_child_passes("sequence", child);
    }
    expect_pages("sequence", area, 16, 1);
    ok("sequence", "%u processes", number);
}

static void many_at_once(unsigned number)
{
    int go[2], status;
    unsigned ended = 0;

    must(pipe(go));
    for (unsigned i = 0; i < number; i++) {
        if (must(fork()) == 0) {
            char byte;

            close(go[1]);
            fill_pages(area, 16, i + 100);
            if (read(go[0], &byte, 1) != 0)
                _exit(255);
            expect_pages("crowd", area, 16, i + 100);
            _exit(i % 100);
        }
    }
    close(go[0]);
    close(go[1]);
    unsigned long sum = 0, expected = 0;
    for (unsigned i = 0; i < number; i++)
        expected += i % 100;
    while (wait(&status) > 0) {
        expect(WIFEXITED(status) && WEXITSTATUS(status) < 100, "crowd", "expected an exit, saw wait status %#x", status);
        sum += WEXITSTATUS(status);
        ended++;
    }
    expect_equal("crowd", "processes ended", number, ended);
    expect_equal("crowd", "sum of exit codes", expected, sum);
    expect_pages("crowd", area, 16, 1);
    ok("crowd", "%u processes at once", number);
}

static void grow(unsigned depth)
{
    pid_t children[2];

    if (depth == 0)
        return;
    for (unsigned i = 0; i < 2; i++) {
        children[i] = must(fork());
        if (children[i] == 0) {
            grow(depth - 1);
            _exit(0);
        }
    }
    for (unsigned i = 0; i < 2; i++)
        expect_child_passes("tree", children[i]);
}

static void kill_them(unsigned number)
{
    pid_t children[64];
    int status;

    for (unsigned i = 0; i < number; i++) {
        children[i] = must(fork());
        if (children[i] == 0)
            for (volatile unsigned spin = 0;; spin++)
                if (i % 2)
                    fill_page(area, spin % 16, spin);
    }
    usleep(20000);
    for (unsigned i = 0; i < number; i++) {
        must(kill(children[i], SIGKILL));
        must(waitpid(children[i], &status, 0));
        expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "kill", "expected death by signal 9, saw %#x", status);
    }
    ok("kill", "%u running processes", number);
}

static unsigned long free_memory(void)
{
    struct sysinfo info;

    must(sysinfo(&info));
    return (info.freeram + info.bufferram) * info.mem_unit >> 10;
}

int main(void)
{
    unsigned long before, after;

    area = map_pages(16, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    fill_pages(area, 16, 1);
    one_after_the_other(50);
    before = free_memory();
    one_after_the_other(300);
    many_at_once(150);
    grow(6);
    ok("tree", "126 processes");
    kill_them(12);
    after = free_memory();
    expect(after + 16384 > before, "memory", "expected %lu KiB free as before, saw %lu", before, after);
    ok("memory", "%lu KiB free before, %lu afterwards", before, after);
    return 0;
}
