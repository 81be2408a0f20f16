/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a measurement is, and what all of them use. The method (main.c) is lmbench's: a warm-up, enough repetitions
 * that the clock does not matter, then several samples.
 */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct benchmark {
    const char *name;
    /* Does so many operations and returns what the clock says that they took. */
    int64_t (*run)(uint64_t count);
    void (*prepare)(void);
    void (*finish)(void);
    /*
     * Operations of the warm-up, and of a sample that counts instructions: some millions of them, and tens of millions
     * where it depends on chance when Linux frees memory and refills its lists.
     */
    uint64_t fixed;
    uint64_t bytes;   /* that one operation moves: the result is a bandwidth */
    uint64_t most;    /* operations of a sample at most; 0: as many as the clock wants */
    bool whole;       /* a sample is one operation, and takes seconds: no warm-up */
    bool per_minute;  /* the result is operations in a minute */
    bool sleeps;      /* has no number of instructions */
    void (*more)(void); /* prints further members of the result, each as , "name": value */
};

/* Each ends with an entry without a name. */
extern const struct benchmark syscall_benchmarks[], signal_benchmarks[], transfer_benchmarks[], context_benchmarks[],
    memory_benchmarks[], process_benchmarks[], file_benchmarks[], processor_benchmarks[], job_benchmarks[];

/*
 * What the operations have found: bytes read, exit codes, sums over memory. It must be the same for the same number of
 * operations, wherever they run.
 */
extern uint64_t work;

/* A short run, only to see that all works. */
extern bool quick;

/* Nanoseconds; or instructions, where QEMU counts one nanosecond for each. */
int64_t now(void);

static inline void must(bool condition, const char *what)
{
    if (!condition) {
        perror(what);
        exit(1);
    }
}

/* A process that the benchmark started and that ends when the pipes to it are closed. */
pid_t start_child(void (*body)(void *), void *argument);
void end_child(pid_t child);

/* The status that a child leaves with exit(). */
int exit_code(pid_t child);

/* A file in /tmp with so many bytes, each page with other contents; the descriptor of it. */
int make_file(const char *path, uint64_t bytes);

enum { PAGE = 4096 };

#endif
