#include "adoption.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cell-ledger.h"
#include "clock.h"
#include "fail.h"
#include "fork-message.h"
#include "fork-server.h"

/* An interpreter is up after a few hundredths of a second. */
enum { PATIENCE_MS = 10 * 1000, OUR_END = 0, ITS_END = 1 };

static const char *const namespaces[FORK_NAMESPACES] = {
    "/proc/self/ns/user", "/proc/self/ns/pid", "/proc/self/ns/mnt", "/proc/self/ns/net", "/proc/self/ns/ipc", "/proc/self/ns/uts", "/proc/self/ns/cgroup",
};

/* The caller closes it, which the analyzer does not see in an array. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-fd-leak"
static void open_namespaces(int descriptors[FORK_NAMESPACES]) {
    for (int i = 0; i < FORK_NAMESPACES; i++) {
        descriptors[i] = open(namespaces[i], O_RDONLY | O_CLOEXEC);
        if (descriptors[i] < 0) fail_call(namespaces[i]);
    }
}
#pragma GCC diagnostic pop

static bool send_request(const int descriptors[FORK_DESCRIPTORS]) {
    enum { BYTES = FORK_DESCRIPTORS * sizeof(int) };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(BYTES)] = {0};
    char byte = 0;
    struct iovec content = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(BYTES);
    memcpy(CMSG_DATA(header), descriptors, BYTES);
    return sendmsg(fork_server_socket(), &message, MSG_NOSIGNAL) == 1;
}

/*
 * False at end-of-file: then nobody is left who could still enter the cell with privileges. If the fork server takes too long, it may do so later, when
 * a program runs here, so the cell ends.
 */
static bool read_all(int fd, void *to, size_t length) {
    struct pollfd slot = {.fd = fd, .events = POLLIN};
    if (poll(&slot, 1, PATIENCE_MS) != 1) fail("system", "the fork server does not answer");
    return read(fd, to, length) == (ssize_t)length;
}

/* Making the copy is part of making the cell. */
static void enter_in_ledger(pid_t process, uint64_t server_ns) {
    clockid_t clock;
    cell_ledger_add(server_ns);
    if (clock_getcpuclockid(process, &clock) == 0) cell_ledger_add(clock_read(clock));
}

static pid_t await_answer(int fd, int gate) {
    struct fork_answer answer;
    char done;
    if (!read_all(fd, &answer, sizeof answer) || answer.process <= 0 || !read_all(gate, &done, 1)) return -1;
    enter_in_ledger((pid_t)answer.process, answer.cpu_ns);
    return (pid_t)answer.process;
}

/* Sends the other ends of everything, and gives them up. */
static bool request(int descriptors[FORK_DESCRIPTORS]) {
    open_namespaces(descriptors);
    bool is_sent = send_request(descriptors);
    for (int i = 0; i < FORK_DESCRIPTORS; i++) close(descriptors[i]);
    close(fork_server_socket());
    return is_sent;
}

bool adopt(struct program *program, int *gate) {
    int descriptors[FORK_DESCRIPTORS];
    int gates[2];
    int answer[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gates) < 0) fail_call("socketpair");
    if (pipe2(answer, O_CLOEXEC) < 0) fail_call("pipe2");
    program_open(program, descriptors + FORK_INPUT, true);
    descriptors[FORK_GATE] = gates[ITS_END];
    descriptors[FORK_ANSWER] = answer[ITS_END];
    program->main = request(descriptors) ? await_answer(answer[OUR_END], gates[OUR_END]) : -1;
    close(answer[OUR_END]);
    *gate = gates[OUR_END];
    if (program->main > 0) return true;
    program_close(program);
    close(*gate);
    *gate = -1;
    return false;
}
