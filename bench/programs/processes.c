/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <pthread.h>

enum { CODE = 7 };

static char nothing[] = "/bench/nothing", shell[] = "/bin/sh";

/* No more than a fork: start_child() does something in the child. */
static pid_t start(void (*body)(void *), void *argument)
{
    pid_t child = fork();

    must(child >= 0, "fork");
    if (child == 0)
        body(argument);
    return child;
}

static void leave(void *unused)
{
    (void)unused;
    _exit(CODE);
}

static int64_t run_fork_exit(uint64_t count)
{
    int64_t began = now();

    for (uint64_t i = 0; i < count; i++)
        work += exit_code(start(leave, 0));
    return now() - began;
}

static void execute(void *arguments)
{
    char *environment[] = {0};
    char **words = arguments;

    execve(words[0], words, environment);
    _exit(127);
}

static int64_t run_programs(char **words, uint64_t count)
{
    int64_t began = now();

    for (uint64_t i = 0; i < count; i++)
        work += exit_code(start(execute, words));
    return now() - began;
}

static int64_t run_fork_exec(uint64_t count)
{
    char *words[] = {nothing, 0};

    return run_programs(words, count);
}

/* A shell that starts the program: two processes and two images. */
static int64_t run_sh_c(uint64_t count)
{
    char option[] = "-c", line[] = "/bench/nothing; exit $?", *words[] = {shell, option, line, 0};

    return run_programs(words, count);
}

static void *add(void *sum)
{
    ++*(uint64_t *)sum;
    return 0;
}

static int64_t run_thread(uint64_t count)
{
    int64_t began = now();

    for (uint64_t i = 0; i < count; i++) {
        pthread_t thread;

        must(pthread_create(&thread, 0, add, &work) == 0, "pthread_create");
        pthread_join(thread, 0);
    }
    return now() - began;
}

const struct benchmark process_benchmarks[] = {
    {"fork-exit", run_fork_exit, .fixed = 400},
    {"fork-exec", run_fork_exec, .fixed = 300},
    {"sh-c", run_sh_c, .fixed = 40},
    {"thread-create", run_thread, .fixed = 800},
    {0},
};
