/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes: a chain of processes, more than fits, both ends closed, readiness by poll and epoll. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static void read_all(int file, char *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t length = read(file, buffer + done, size - done);

        expect(length > 0, "read", "expected %zu bytes more, saw %zd", size - done, length);
        done += length;
    }
}

static void check_chain(void)
{
    enum { STAGES = 6, WORDS = 20000 };
    int in, pair[2];
    pid_t children[STAGES + 1];

    must(pipe(pair));
    children[0] = must(fork());
    if (children[0] == 0) {
        for (unsigned i = 0; i < WORDS; i++)
            if (write(pair[1], &i, sizeof i) != sizeof i)
                _exit(1);
        _exit(0);
    }
    for (unsigned stage = 1; stage <= STAGES; stage++) {
        close(pair[1]);
        in = pair[0];
        must(pipe(pair));
        children[stage] = must(fork());
        if (children[stage] == 0) {
            unsigned words[1024];
            ssize_t length;

            while ((length = read(in, words, sizeof words)) > 0) {
                while (length % sizeof *words)
                    length += must(read(in, (char *)words + length, sizeof *words - length % sizeof *words));
                for (unsigned i = 0; i < length / sizeof *words; i++)
                    words[i] += stage;
                if (write(pair[1], words, length) != length)
                    _exit(2);
            }
            _exit(length != 0);
        }
        close(in);
    }
    close(pair[1]);
    for (unsigned i = 0; i < WORDS; i++) {
        unsigned word = 0;

        read_all(pair[0], (char *)&word, sizeof word);
        expect_equal("chain", "word", i + STAGES * (STAGES + 1) / 2, word);
    }
    expect_equal("chain", "bytes behind the end", 0, read(pair[0], &in, 1));
    for (unsigned stage = 0; stage <= STAGES; stage++)
        expect_child_passes("chain", children[stage]);
    ok("chain", "%d words through %d processes", WORDS, STAGES);
}

static void check_ends(void)
{
    int pair[2];
    char buffer[PAGE];
    size_t held = 0;
    struct pollfd p;

    signal(SIGPIPE, SIG_IGN);
    must(pipe2(pair, O_NONBLOCK));
    expect(read(pair[0], buffer, 1) == -1 && errno == EAGAIN, "empty", "expected EAGAIN, saw %s", strerror(errno));
    while (write(pair[1], buffer, sizeof buffer) == sizeof buffer)
        held += sizeof buffer;
    expect(errno == EAGAIN && held >= 65536, "full", "expected EAGAIN behind 65536 bytes, saw %s behind %zu", strerror(errno),
           held);
    p = (struct pollfd){pair[1], POLLOUT, 0};
    expect_equal("full", "poll", 0, poll(&p, 1, 0));
    must(read(pair[0], buffer, sizeof buffer));
    expect_equal("room", "poll", 1, poll(&p, 1, 0));
    close(pair[0]);
    expect(write(pair[1], buffer, 1) == -1 && errno == EPIPE, "no reader", "expected EPIPE, saw %s", strerror(errno));
    ok("ends", "empty, full at %zu bytes, no reader", held);
}

static void check_poll(void)
{
    int pair[2];
    struct pollfd p;
    pid_t child;
    char byte;

    must(pipe(pair));
    child = must(fork());
    if (child == 0) {
        for (unsigned i = 0; i < 50; i++) {
            usleep(500);
            if (write(pair[1], "x", 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(pair[1]);
    p = (struct pollfd){pair[0], POLLIN, 0};
    for (unsigned i = 0; i < 50; i++) {
        expect_equal("poll", "result", 1, poll(&p, 1, 10000));
        expect(p.revents & POLLIN, "poll", "expected POLLIN, saw %#x", p.revents);
        must(read(pair[0], &byte, 1));
    }
    expect(poll(&p, 1, 10000) == 1 && p.revents == POLLHUP, "poll", "expected POLLHUP, saw %#x", p.revents);
    expect_child_passes("poll", child);
    ok("poll", "50 bytes and the end");
}

static void check_epoll(void)
{
    enum { NUMBER = 20 };
    int epoll = must(epoll_create1(0)), pairs[NUMBER][2], event = must(eventfd(0, EFD_NONBLOCK));
    struct epoll_event ready[NUMBER + 1];
    unsigned seen = 0, number = 0;
    uint64_t count = 3;

    for (unsigned i = 0; i < NUMBER; i++) {
        struct epoll_event e = {.events = EPOLLIN | (i % 2 ? EPOLLET : 0), .data.u32 = i};

        must(pipe(pairs[i]));
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, pairs[i][0], &e));
    }
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &(struct epoll_event){.events = EPOLLIN, .data.u32 = NUMBER}));
    expect_equal("epoll", "nothing ready", 0, epoll_wait(epoll, ready, NUMBER, 0));
    for (unsigned i = 0; i < NUMBER; i += 3)
        must(write(pairs[i][1], "x", 1));
    must(write(event, &count, sizeof count));
    number = must(epoll_wait(epoll, ready, NUMBER + 1, 1000));
    for (unsigned i = 0; i < number; i++)
        seen |= 1U << ready[i].data.u32;
    expect_equal("epoll", "ready", 0x049249 | 1 << NUMBER, seen);
    /* Level-triggered ones are told again, edge-triggered ones not. */
    number = must(epoll_wait(epoll, ready, NUMBER + 1, 0));
    seen = 0;
    for (unsigned i = 0; i < number; i++)
        seen |= 1U << ready[i].data.u32;
    expect_equal("epoll", "still ready", (0x049249 & 0x55555) | 1 << NUMBER, seen);
    must(read(event, &count, sizeof count));
    expect_equal("eventfd", "count", 3, count);
    ok("epoll", "20 pipes and an eventfd, by level and by edge");
}

int main(void)
{
    check_chain();
    check_ends();
    check_poll();
    check_epoll();
    return 0;
}
