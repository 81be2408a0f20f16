/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole jobs that are shell scripts: what they print is what they have done. */
#include "bench.h"

/* FNV-1a: the same output gives the same number. */
static uint64_t hash(FILE *output)
{
    uint64_t sum = 0xcbf29ce484222325;
    int c;

    while ((c = getc(output)) != EOF)
        sum = (sum ^ (unsigned char)c) * 0x100000001b3;
    return sum;
}

static int64_t run_script(const char *name, uint64_t count)
{
    char line[128];
    int64_t start = now();

    snprintf(line, sizeof line, "exec /bin/sh /bench/%s%s", name, quick ? " quick" : "");
    for (uint64_t i = 0; i < count; i++) {
        FILE *output = popen(line, "r");

        must(output, "popen");
        work += hash(output);
        must(pclose(output) == 0, name);
    }
    return now() - start;
}

static int64_t run_compile(uint64_t count)
{
    return run_script("job-compile.sh", count);
}

static int64_t run_shell(uint64_t count)
{
    return run_script("job-shell.sh", count);
}

static int64_t run_tools(uint64_t count)
{
    return run_script("job-tools.sh", count);
}

int64_t run_multi(uint64_t count);
void print_levels(void);

const struct benchmark job_benchmarks[] = {
    {"job-compile", run_compile, .whole = true},
    {"job-shell", run_shell, .whole = true},
    {"job-tools", run_tools, .whole = true},
    {"job-multi", run_multi, .whole = true, .per_minute = true, .more = print_levels},
    {0},
};
