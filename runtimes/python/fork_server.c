/*
 * The fork server (sandbox-init/PROTOCOL.md): makes copies of an interpreter that is initialized and has met no program, each in the cell that asks for it. It is compiled
 * with sandbox-init's own filters, because a copy executes nothing that would take its privileges from it.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capabilities.h"
#include "cell-filter.h"
#include "fail.h"
#include "filter.h"
#include "fork-message.h"
#include "protections.h"

/* Where a copy finds its descriptors, in place of those of the fork server. */
enum { GATE = FORK_MARK, INPUT = FORK_SOCKET, FIRST_STRAY, NETWORK = 3, FAILED = 126, NS_PER_US = 1000 };

_Noreturn void fail_call(const char *call) {
    fprintf(stderr, "fork server: %s: %s\n", call, strerror(errno));
    _exit(FAILED);
}

/* ---- the copy */

/* The kernel is to end it before sandbox-init. Its own files in /proc are those of its user only while it is dumpable, as every program is. */
static void become_expendable(void) {
    static const char highest[] = "1000";
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0) fail_call("prctl dumpable");
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, highest, sizeof highest - 1) < 0) fail_call("oom_score_adj");
    close(fd);
}

static void give_up_privileges(void) {
    capabilities_drop();
    cell_filter_install();
    filter_install();
}

static void place(int descriptor, int number) {
    if (dup2(descriptor, number) < 0) fail_call("dup2");
}

/* Those that came with the request have higher numbers than all of these, or have been used when they are replaced. */
static void take_descriptors(const int given[FORK_DESCRIPTORS]) {
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0) fail_call("open /dev/null");
    place(null, STDIN_FILENO);
    place(given[FORK_OUTPUT], STDOUT_FILENO);
    place(given[FORK_ERRORS], STDERR_FILENO);
    if (!PROTECTS(FORK_CLOSE)) return;
    place(given[FORK_GATE], GATE);
    place(given[FORK_INPUT], INPUT);
    closefrom(FIRST_STRAY);
}

/* Waits for the program. Returns whether it has input. */
static bool await_program(int gate, int input) {
    char go;
    ssize_t length;
    if (write(gate, "", 1) != 1) fail_call("write");
    while ((length = read(gate, &go, 1)) < 0 && errno == EINTR) continue;
    if (length != 1) _exit(FAILED);
    if (go == FORK_GO_WITH_INPUT) place(input, STDIN_FILENO);
    close(gate);
    close(input);
    return go == FORK_GO_WITH_INPUT;
}

static bool become_program(const int given[FORK_DESCRIPTORS]) {
    become_expendable();
    if (setsid() < 0) fail_call("setsid");
    if (chdir("/workspace") < 0) fail_call("chdir");
    give_up_privileges();
    take_descriptors(given);
    PyOS_AfterFork_Child();
    if (PROTECTS(FORK_CLOSE)) return await_program(GATE, INPUT);
    return await_program(given[FORK_GATE], given[FORK_INPUT]);
}

/* ---- the fork server */

static void enter(const int namespaces[FORK_NAMESPACES]) {
    for (int i = 0; i < FORK_NAMESPACES; i++) {
        if (i == NETWORK && !PROTECTS(FORK_ENTER)) continue;
        if (setns(namespaces[i], 0) < 0) fail_call("setns");
    }
}

static void await_end(pid_t process) {
    while (waitpid(process, NULL, 0) < 0) {
        if (errno != EINTR) fail_call("waitpid");
    }
}

/*
 * Two processes stand between us and the copy. The first enters the cell; only a child of it is a process of the cell. When that child, the
 * second, has made the copy, it ends, and the kernel makes the copy a child of the cell's PID 1. Both run in our memory while we are suspended, so that
 * only the copy itself is copied. Returns 0 in the copy, else its process id in the cell, or -1.
 */
static pid_t fork_into_cell(const int namespaces[FORK_NAMESPACES]) {
    volatile pid_t copy = -1;
    pid_t first = vfork();
    if (first == 0) {
        enter(namespaces);
        pid_t second = vfork();
        if (second == 0) {
            copy = fork();
            if (copy == 0) return 0;
            _exit(0);
        }
        if (second > 0) await_end(second);
        _exit(0);
    }
    if (first > 0) await_end(first);
    return copy;
}

static uint64_t microseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

/* What we and the processes between have used since the last call. */
static uint64_t cpu_ns_since_last(void) {
    static uint64_t last;
    struct timespec own;
    struct rusage ended;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own) < 0 || getrusage(RUSAGE_CHILDREN, &ended) < 0) fail_call("clock");
    uint64_t now = (uint64_t)own.tv_sec * 1000000000 + (uint64_t)own.tv_nsec + (microseconds(ended.ru_utime) + microseconds(ended.ru_stime)) * NS_PER_US;
    uint64_t used = now - last;
    last = now;
    return used;
}

/* The cell may be gone by now; then nobody needs the answer. */
static void answer(int fd, pid_t copy) {
    const struct fork_answer text = {.process = copy, .cpu_ns = cpu_ns_since_last()};
    if (write(fd, &text, sizeof text) < 0 && errno != EPIPE) fail_call("write");
}

/* Ends with the outer init, which has the other end. */
static void receive(int given[FORK_DESCRIPTORS]) {
    enum { BYTES = FORK_DESCRIPTORS * sizeof(int) };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(BYTES)];
    char byte;
    struct iovec content = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(FORK_SOCKET, &message, MSG_CMSG_CLOEXEC);
    if (length == 0) _exit(0);
    struct cmsghdr *header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(BYTES)) fail_call("recvmsg");
    memcpy(given, CMSG_DATA(header), BYTES);
}

/* Returns in each copy, when its program is there: whether it has input. */
static PyObject *serve(PyObject *module, PyObject *arguments) {
    int given[FORK_DESCRIPTORS];
    (void)module, (void)arguments;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) fail_call("prctl dumpable");
    for (;;) {
        receive(given);
        PyOS_BeforeFork();
        pid_t copy = fork_into_cell(given);
        if (copy == 0) return PyBool_FromLong(become_program(given));
        PyOS_AfterFork_Parent();
        answer(given[FORK_ANSWER], copy);
        for (int i = 0; i < FORK_DESCRIPTORS; i++) close(given[i]);
    }
}

static PyMethodDef methods[] = {{"serve", serve, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_fork_server", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fork_server(void) {
    return PyModuleDef_Init(&definition);
}
