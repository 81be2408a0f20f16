/* SPDX-License-Identifier: BSD-2-Clause */
/* Unix sockets: stream by name, datagrams that keep their bounds, files passed to another process. */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

static void check_stream(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/pecan.socket"};
    int server = must(socket(AF_UNIX, SOCK_STREAM, 0)), connection;
    struct ucred peer;
    socklen_t size = sizeof peer;
    uint32_t word, sum = 0;
    pid_t child;

    unlink(address.sun_path);
    must(bind(server, (struct sockaddr *)&address, sizeof address));
    must(listen(server, 4));
    child = must(fork());
    if (child == 0) {
        int client = must(socket(AF_UNIX, SOCK_STREAM, 0));

        must(connect(client, (struct sockaddr *)&address, sizeof address));
        for (uint32_t i = 0; i < 20000; i++)
            expect_equal("stream", "bytes sent", sizeof i, send(client, &i, sizeof i, 0));
        must(shutdown(client, SHUT_WR));
        expect_equal("stream", "answer", sizeof word, recv(client, &word, sizeof word, MSG_WAITALL));
        expect_equal("stream", "sum", 20000U * 19999 / 2, word);
        _exit(0);
    }
    connection = must(accept(server, 0, 0));
    must(getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size));
    expect_equal("stream", "peer", child, peer.pid);
    for (uint32_t i = 0; recv(connection, &word, sizeof word, MSG_WAITALL) == sizeof word; i++) {
        expect_equal("stream", "word", i, word);
        sum += word;
    }
    expect_equal("stream", "bytes sent", sizeof sum, send(connection, &sum, sizeof sum, 0));
    expect_child_passes("stream", child);
    unlink(address.sun_path);
    ok("stream", "20000 words and an answer");
}

static void check_datagrams(void)
{
    int pair[2];
    char buffer[2048];
    pid_t child;

    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    child = must(fork());
    if (child == 0) {
        for (unsigned i = 1; i <= 1000; i++) {
            memset(buffer, i, i);
            expect_equal("datagrams", "bytes sent", i, send(pair[1], buffer, i, 0));
        }
        _exit(0);
    }
    for (unsigned i = 1; i <= 1000; i++) {
        expect_equal("datagrams", "length", i, recv(pair[0], buffer, sizeof buffer, 0));
        expect((unsigned char)buffer[0] == i % 256 && (unsigned char)buffer[i - 1] == i % 256, "datagrams", "expected bytes %u",
               i % 256);
    }
    expect_child_passes("datagrams", child);
    ok("datagrams", "1000, of 1 to 1000 bytes");
}

static void check_passing(void)
{
    int pair[2], file = must(memfd_create("passed", 0));
    char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 'f', text[8] = {0};
    struct iovec io = {&byte, 1};
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    pid_t child;

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    child = must(fork());
    if (child == 0) {
        int received;

        close(file);
        must(recvmsg(pair[1], &message, 0));
        expect(CMSG_FIRSTHDR(&message) && CMSG_FIRSTHDR(&message)->cmsg_type == SCM_RIGHTS, "passing", "expected a file");
        memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
        expect_equal("passing", "bytes read", 5, pread(received, text, 5, 0));
        expect(!strcmp(text, "hello"), "passing", "expected hello, saw %s", text);
        _exit(pwrite(received, "world", 5, 0) != 5);
    }
    must(write(file, "hello", 5));
    CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
    CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
    CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &file, sizeof file);
    must(sendmsg(pair[0], &message, 0));
    expect_child_passes("passing", child);
    must(pread(file, text, 5, 0));
    expect(!strcmp(text, "world"), "passing", "expected world, saw %s", text);
    ok("passing", "a file, written by both sides");
}

int main(void)
{
    check_stream();
    check_datagrams();
    check_passing();
    return 0;
}
