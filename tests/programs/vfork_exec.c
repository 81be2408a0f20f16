/* SPDX-License-Identifier: BSD-2-Clause */
/* vfork shares memory and stops the parent; exec replaces the image, keeps files and passes arguments. */
#include "pattern.h"

#include <fcntl.h>
#include <spawn.h>

extern char **environ;

static int run_as_exec_child(int count, char **words)
{
    char byte;
    int file = atoi(words[2]);

    expect(count == 4 && !strcmp(words[3], "with a blank"), "exec", "expected 4 arguments, saw %d", count);
    expect(getenv("PECAN_TEST") && !strcmp(getenv("PECAN_TEST"), "yes"), "exec", "expected the environment");
    expect(read(file, &byte, 1) == 1 && byte == 'q', "exec", "expected 'q' from the inherited pipe");
    return 42;
}

static void check_vfork(void)
{
    static volatile int shared;
    volatile uint64_t *page = (volatile uint64_t *)map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    pid_t child;
    int status;

    shared = 1;
    page[0] = 7;
    child = vfork();
    if (child == 0) {
        shared = 2;
        page[0] = 8;
        _exit(3);
    }
    expect(child > 0 && shared == 2 && page[0] == 8, "vfork", "expected the child's stores 2 and 8, saw %d and %lu", shared,
           (unsigned long)page[0]);
    must(waitpid(child, &status, 0));
    expect_equal("vfork", "wait status", 3 << 8, status);
    must(munmap((void *)page, PAGE));
}

/* The child reads one byte from the pipe that it inherits and exits with 42, or with its errno if exec fails. */
static pid_t start(const char *path, const int pair[2], bool by_vfork)
{
    char number[16];
    char *arguments[] = {"self", "child", number, "with a blank", 0};
    pid_t child;

    snprintf(number, sizeof number, "%d", pair[0]);
    expect_equal("exec", "bytes written", 1, write(pair[1], "q", 1));
    child = by_vfork ? vfork() : fork();
    if (child == 0) {
        execve(path, arguments, environ);
        _exit(errno);
    }
    return must(child);
}

static void expect_exit(const char *name, pid_t child, int code)
{
    int status;

    must(waitpid(child, &status, 0));
    expect_equal(name, "wait status", code << 8, status);
}

int main(int count, char **words)
{
    char *arguments[] = {"self", "child", "0", "with a blank", 0};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int pair[2];

    if (count > 1)
        return run_as_exec_child(count, words);

    for (unsigned round = 0; round < 50; round++)
        check_vfork();
    ok("vfork", "the parent sees the child's stores, 50 times");

    setenv("PECAN_TEST", "yes", 1);
    must(pipe(pair));
    for (unsigned round = 0; round < 20; round++)
        expect_exit("exec", start("/proc/self/exe", pair, round % 2), 42);
    ok("exec", "20 times, by fork and by vfork");

    expect_exit("failing exec", start("/nowhere", pair, true), ENOENT);
    ok("failing exec", "ENOENT, the child goes on");

    /* The byte that the failed program has not read is still in the pipe, which becomes the child's input. */
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[0], 0);
    expect_equal("posix_spawn", "result", 0, posix_spawn(&child, "/proc/self/exe", &actions, 0, arguments, environ));
    expect_exit("posix_spawn", child, 42);
    ok("posix_spawn", "with a file moved");
    return 0;
}
