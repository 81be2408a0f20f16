/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job-multi: many processes at once, at rising load, after the manner of the AIM multi-user suite. Every user is a
 * process that does the same list of jobs, each user in another order; a job is a few milliseconds of one kind of
 * work. The result is the throughput at the load where it is highest.
 */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { LEVELS = 6, LIST = 16 };

static const unsigned users_at[LEVELS] = {1, 2, 4, 8, 16, 32};
static double per_minute_at[LEVELS];
static char path[32];
static volatile unsigned signals;

static unsigned integers(void)
{
    uint64_t x = 1;

    for (unsigned i = 0; i < 400000; i++)
        x = x * 6364136223846793005 + 1442695040888963407;
    return x >> 60;
}

static unsigned reals(void)
{
    double x = 1;

    for (unsigned i = 0; i < 100000; i++)
        x = x * 0.99 + 1 / (x + 1);
    return x * 1000;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static unsigned sorting(void)
{
    static int numbers[4000];
    unsigned x = 1;

    for (unsigned i = 0; i < 4000; i++)
        numbers[i] = (x = x * 1103515245 + 12345) >> 8;
    qsort(numbers, 4000, sizeof *numbers, by_number);
    return numbers[2000] & 0xff;
}

static unsigned copying(void)
{
    static char from[65536], to[65536];

    for (unsigned i = 0; i < 64; i++) {
        from[i] = i;
        memcpy(to, from, sizeof to);
    }
    return to[63];
}

static unsigned file_work(void)
{
    static char piece[16384];
    int file = make_file(path, 16 * PAGE);
    unsigned sum = 0;

    for (unsigned i = 0; i < 16; i++)
        sum += pread(file, piece, sizeof piece, i * 997) == sizeof piece && piece[0] == 0;
    close(file);
    unlink(path);
    return sum;
}

static unsigned folders(void)
{
    struct stat s;
    char name[64];
    unsigned sum = 0;

    mkdir(path, 0700);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "%s/%u", path, i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
        sum += stat(name, &s) == 0;
        unlink(name);
    }
    return sum + (rmdir(path) == 0);
}

static unsigned pipe_work(void)
{
    char piece[512] = {1};
    unsigned sum = 0;
    int ends[2];

    must(pipe(ends) == 0, "pipe");
    for (unsigned i = 0; i < 100; i++)
        sum += write(ends[1], piece, sizeof piece) == read(ends[0], piece, sizeof piece);
    close(ends[0]);
    close(ends[1]);
    return sum;
}

static void answer(void *end)
{
    char piece[256];
    ssize_t got;

    while ((got = read(*(int *)end, piece, sizeof piece)) > 0)
        must(write(*(int *)end, piece, got) == got, "answer");
}

static unsigned talking(void)
{
    char piece[256] = {2};
    unsigned sum = 0;
    pid_t partner;
    int ends[2];

    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
    partner = start_child(answer, &ends[1]);
    for (unsigned i = 0; i < 20; i++) {
        must(write(ends[0], piece, sizeof piece) == sizeof piece, "talk");
        sum += read(ends[0], piece, sizeof piece) == sizeof piece;
    }
    end_child(partner);
    close(ends[0]);
    close(ends[1]);
    return sum;
}

static void note(int number)
{
    (void)number;
    signals++;
}

static unsigned signalling(void)
{
    pid_t self = getpid();

    signals = 0;
    signal(SIGUSR1, note);
    for (unsigned i = 0; i < 50; i++)
        kill(self, SIGUSR1);
    return signals;
}

static unsigned touching(void)
{
    char *area = mmap(0, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned sum = 0;

    must(area != MAP_FAILED, "mmap");
    for (unsigned i = 0; i < 64; i++)
        sum += ++area[i * PAGE];
    munmap(area, 64 * PAGE);
    return sum;
}

static void leave(void *unused)
{
    (void)unused;
    _exit(3);
}

static unsigned forking(void)
{
    return exit_code(start_child(leave, 0)) + exit_code(start_child(leave, 0));
}

static void become_nothing(void *unused)
{
    (void)unused;
    execl("/bench/nothing", "nothing", (char *)0);
    _exit(127);
}

static unsigned executing(void)
{
    return exit_code(start_child(become_nothing, 0));
}

/* More of what a user's programs mostly do: compute. */
static unsigned (*const list[LIST])(void) = {
    integers, reals,    sorting, copying,    file_work, integers, pipe_work, talking,
    reals,    touching, sorting, signalling, folders,   forking,  executing, integers,
};

/* Five is prime to sixteen: every user comes through the whole list. */
static void user(void *number)
{
    unsigned n = *(unsigned *)number, sum = 0;

    snprintf(path, sizeof path, "/tmp/bench-user-%u", n);
    for (unsigned i = 0; i < LIST; i++)
        sum += list[(n + 5 * i) % LIST]();
    _exit(sum & 0x7f);
}

/* So many users, one list each, some times over, so that every load does a like number of jobs. */
static double throughput(unsigned users)
{
    unsigned repetitions = (quick ? 2 : 8) > users ? (quick ? 2 : 8) / users : 1;
    int64_t start = now();
    pid_t children[32];

    for (unsigned r = 0; r < repetitions; r++) {
        for (unsigned n = 0; n < users; n++)
            children[n] = start_child(user, &n);
        for (unsigned n = 0; n < users; n++)
            work += exit_code(children[n]);
    }
    return 60e9 * users * repetitions * LIST / (now() - start);
}

static unsigned levels(void)
{
    return quick ? 4 : LEVELS;
}

/* Returns what a job takes at the best load. */
int64_t run_multi(uint64_t count)
{
    double best = 0;

    for (uint64_t i = 0; i < count; i++) {
        for (unsigned level = 0; level < levels(); level++) {
            per_minute_at[level] = throughput(users_at[level]);
            if (per_minute_at[level] > best)
                best = per_minute_at[level];
        }
    }
    return count * 60e9 / best;
}

void print_levels(void)
{
    printf(", \"levels\": {");
    for (unsigned level = 0; level < levels(); level++)
        printf("%s\"%u\": %.1f", level ? ", " : "", users_at[level], per_minute_at[level]);
    printf("}");
}
