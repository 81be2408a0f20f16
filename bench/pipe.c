/* SPDX-License-Identifier: BSD-2-Clause */
/* One byte to another process and back, through two pipes. */
#include "bench.h"

#include <sys/wait.h>

static int there[2], back[2];

static int64_t run(uint64_t count)
{
    char byte = 0;
    int64_t start = now_ns();

    for (uint64_t i = 0; i < count; i++)
        must(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1, "pipe");
    return now_ns() - start;
}

int main(void)
{
    char byte;
    pid_t child;

    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1)
            must(write(back[1], &byte, 1) == 1, "write");
        _exit(0);
    }
    measure("pipe", run);
    close(there[1]);
    waitpid(child, 0, 0);
    return 0;
}
