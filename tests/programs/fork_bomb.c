/* SPDX-License-Identifier: BSD-2-Clause */
/* A fork bomb within a limit of processes: others still run beside it, and it can be ended from outside. */
#include "check.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { USER = 54321, LIMIT = 50, OTHERS = 5 };

static void become_user(void)
{
    struct rlimit limit = {LIMIT, LIMIT};

    must(setrlimit(RLIMIT_NPROC, &limit));
    must(setgid(USER));
    must(setuid(USER));
}

int main(void)
{
    volatile unsigned *refused = must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    pid_t bomb = must(fork()), killer;
    int status;

    if (bomb == 0) {
        become_user();
        for (;;) {
            if (fork() < 0) {
                ++*refused;
                sched_yield();
            }
        }
    }
    while (*refused == 0)
        usleep(1000);
    for (unsigned i = 0; i < OTHERS; i++) {
        pid_t other = must(fork());

        if (other == 0)
            must(execl("/bin/true", "true", NULL));
        expect_child_passes("usable", other);
    }
    ok("usable", "%d commands beside %d processes of the bomb", OTHERS, LIMIT);

    /* Who kills by user kills all at once: none is left to fork again. */
    killer = must(fork());
    if (killer == 0) {
        must(setuid(USER));
        kill(-1, SIGKILL);
        _exit(0);
    }
    expect_child_passes("ended", killer);
    must(waitpid(bomb, &status, 0));
    expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "ended", "expected death by signal 9, saw %#x", status);
    ok("ended", "by one kill, having been refused %u processes", *refused);
    return 0;
}
