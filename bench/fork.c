/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, exit in the child, wait for it. */
#include "bench.h"

#include <sys/wait.h>

static int64_t run(uint64_t count)
{
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        int status = -1;
        pid_t child = fork();

        must(child >= 0, "fork");
        if (child == 0)
            _exit(0);
        must(waitpid(child, &status, 0) == child && status == 0, "wait");
    }
    return now_ns() - start;
}

int main(void)
{
    return measure("fork", run);
}
