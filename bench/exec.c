/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, exec of the smallest program beside this one, wait for it. */
#include "bench.h"

#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

static char program[PATH_MAX + 16];

static int64_t run(uint64_t count)
{
    char *arguments[] = {program, 0}, *environment[] = {0};
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        int status = -1;
        pid_t child = fork();

        must(child >= 0, "fork");
        if (child == 0) {
            execve(program, arguments, environment);
            _exit(127);
        }
        must(waitpid(child, &status, 0) == child && status == 0, program);
    }
    return now_ns() - start;
}

int main(void)
{
    ssize_t length = readlink("/proc/self/exe", program, PATH_MAX);

    must(length > 0, "/proc/self/exe");
    program[length] = 0;
    dirname(program);
    strcat(program, "/nothing");
    return measure("exec", run);
}
