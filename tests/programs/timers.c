/* SPDX-License-Identifier: BSD-2-Clause */
/* No way to wait ends early by the guest's own clock. How late they end is reported, not judged. */
#include "check.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>

static struct timespec after(int64_t ns)
{
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

static volatile unsigned alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

static void by_nanosleep(int64_t ns)
{
    struct timespec t = after(ns);

    must(nanosleep(&t, 0));
}

static void by_realtime_deadline(int64_t ns)
{
    struct timespec t = after(now_ns(CLOCK_REALTIME) + ns);

    expect_equal("clock_nanosleep", "result", 0, clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0));
}

static void by_timerfd(int64_t ns)
{
    int timer = must(timerfd_create(CLOCK_MONOTONIC, 0));
    struct itimerspec once = {.it_value = after(ns)};
    uint64_t count;

    must(timerfd_settime(timer, 0, &once, 0));
    expect_equal("timerfd", "bytes", sizeof count, read(timer, &count, sizeof count));
    expect_equal("timerfd", "expirations", 1, count);
    close(timer);
}

static void by_itimer(int64_t ns)
{
    struct itimerval once = {.it_value = {ns / 1000000000, ns % 1000000000 / 1000}};
    sigset_t none, alarm_only;

    sigemptyset(&none);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm_only, 0);
    alarms = 0;
    must(setitimer(ITIMER_REAL, &once, 0));
    while (!alarms)
        sigsuspend(&none);
    sigprocmask(SIG_UNBLOCK, &alarm_only, 0);
}

static void by_posix_timer(int64_t ns)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec once = {.it_value = after(ns)};
    sigset_t set;
    timer_t timer;
    siginfo_t info;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    must(timer_create(CLOCK_MONOTONIC, &event, &timer));
    must(timer_settime(timer, 0, &once, 0));
    expect_equal("posix timer", "signal", SIGUSR1, sigwaitinfo(&set, &info));
    expect_equal("posix timer", "si_code", SI_TIMER, info.si_code);
    must(timer_delete(timer));
}

static void by_poll(int64_t ns)
{
    expect_equal("poll", "result", 0, poll(0, 0, ns / 1000000));
}

static void by_epoll(int64_t ns)
{
    struct epoll_event event;
    int epoll = must(epoll_create1(0));

    expect_equal("epoll", "result", 0, epoll_wait(epoll, &event, 1, ns / 1000000));
    close(epoll);
}

static void by_select(int64_t ns)
{
    struct timeval t = {0, ns / 1000};

    expect_equal("select", "result", 0, select(0, 0, 0, 0, &t));
}

static void check(const char *name, void (*wait)(int64_t))
{
    static const int64_t waits[] = {1000000, 3000000, 7000000, 10000000, 20000000};
    int64_t worst = 0, sum = 0;

    for (unsigned i = 0; i < 5; i++) {
        int64_t start = now_ns(CLOCK_MONOTONIC), late;

        wait(waits[i]);
        late = now_ns(CLOCK_MONOTONIC) - start - waits[i];
        expect(late >= 0, name, "expected to wait %ld ns, waited %ld ns less", (long)waits[i], (long)-late);
        worst = late > worst ? late : worst;
        sum += late;
    }
    ok(name, "never early; late by %ld us in the mean, %ld us at most", (long)sum / 5000, (long)worst / 1000);
}

static void check_periodic(void)
{
    int timer = must(timerfd_create(CLOCK_MONOTONIC, 0));
    struct itimerspec every = {after(2000000), after(2000000)};
    int64_t start = now_ns(CLOCK_MONOTONIC), passed;
    uint64_t count, total = 0;

    must(timerfd_settime(timer, 0, &every, 0));
    while (total < 100) {
        expect_equal("periodic", "bytes", sizeof count, read(timer, &count, sizeof count));
        total += count;
        passed = now_ns(CLOCK_MONOTONIC) - start;
        expect((int64_t)total <= passed / 2000000, "periodic", "expected at most %ld expirations, saw %lu",
               (long)passed / 2000000, (unsigned long)total);
    }
    ok("periodic", "%lu expirations of 2 ms in %ld us", (unsigned long)total, (long)passed / 1000);
}

/* A running process is interrupted too, and its own time passes. */
static void check_busy(void)
{
    struct itimerval every = {{0, 5000}, {0, 5000}}, never = {0};
    int64_t start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), passed;

    alarms = 0;
    must(setitimer(ITIMER_REAL, &every, 0));
    while (alarms < 20) {
    }
    must(setitimer(ITIMER_REAL, &never, 0));
    passed = now_ns(CLOCK_MONOTONIC) - start;
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    expect(passed >= 100000000, "busy", "expected 20 alarms to take 100 ms, saw %ld us", (long)passed / 1000);
    expect(cpu <= passed + 1000000, "busy", "expected at most %ld us of processor time, saw %ld", (long)passed / 1000,
           (long)cpu / 1000);
    ok("busy", "20 alarms of 5 ms in %ld us, processor time %ld us", (long)passed / 1000, (long)cpu / 1000);

    alarms = 0;
    signal(SIGVTALRM, on_alarm);
    must(setitimer(ITIMER_VIRTUAL, &every, 0));
    while (alarms < 4) {
    }
    must(setitimer(ITIMER_VIRTUAL, &never, 0));
    ok("virtual timer", "4 alarms");
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm};

    must(sigaction(SIGALRM, &action, 0));
    check("nanosleep", by_nanosleep);
    check("realtime deadline", by_realtime_deadline);
    check("timerfd", by_timerfd);
    check("setitimer", by_itimer);
    check("posix timer", by_posix_timer);
    check("poll", by_poll);
    check("epoll", by_epoll);
    check("select", by_select);
    check_periodic();
    check_busy();
    return 0;
}
