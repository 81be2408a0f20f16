/* SPDX-License-Identifier: BSD-2-Clause */
/* What several measurements do beside what they measure. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

pid_t start_child(void (*body)(void *), void *argument)
{
    pid_t child = fork();

    must(child >= 0, "fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body(argument);
        _exit(0);
    }
    return child;
}

void end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, 0, 0);
}

int exit_code(pid_t child)
{
    int status;

    must(waitpid(child, &status, 0) == child && WIFEXITED(status), "a child has died");
    return WEXITSTATUS(status);
}

int make_file(const char *path, uint64_t bytes)
{
    static char page[PAGE];
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    must(file >= 0, path);
    for (uint64_t i = 0; i < bytes / PAGE; i++) {
        page[0] = i;
        must(write(file, page, PAGE) == PAGE, path);
    }
    return file;
}
