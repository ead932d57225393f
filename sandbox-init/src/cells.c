#include "cells.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell-ledger.h"
#include "cell-namespaces.h"
#include "cell.h"
#include "cgroup.h"
#include "fail.h"
#include "fields.h"
#include "fork-server.h"
#include "harden.h"
#include "protections.h"

enum { FIRST_FREE_DESCRIPTOR = 3, READ_END = 0, WRITE_END = 1 };

static uint64_t count = 100;
static struct cell_gift gift = {.disk = {.bytes = UINT64_C(512) << 20, .inodes = 65536}};

struct cell {
    pid_t init; /* 0: there is none */
    int turn;
};

static const struct cell no_cell = {0, -1};

/* ---- the start */

static bool take_option(const char *argument, const char *key, uint64_t *value) {
    size_t length = strlen(key);
    if (strncmp(argument, key, length) != 0 || argument[length] != '=') return false;
    *value = field_number(argument + length + 1, 1);
    return true;
}

static void take_argument(char *argument) {
    bool known = take_option(argument, "count", &count) || take_option(argument, "disk_bytes", &gift.disk.bytes) ||
                 take_option(argument, "inodes", &gift.disk.inodes) || fork_server_take(argument);
    if (!known) fail("protocol", "cells: unknown argument");
}

/* Cells find the engine's pipes here; their own standard input and output lead nowhere until it is their turn. */
static int keep(int descriptor) {
    int kept = fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
    int flags = kept < 0 ? -1 : fcntl(kept, F_GETFL);
    if (flags < 0 || fcntl(kept, F_SETFL, flags | O_NONBLOCK) < 0) fail_call("fcntl");
    return kept;
}

static void start(char **arguments) {
    if (getpid() != 1) {
        note("refuses to run: it is not PID 1");
        leave(1);
    }
    harden_set_all_signals(SIG_IGN);
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) fail_call("signal");
    for (; *arguments; arguments++) take_argument(*arguments);
    gift.identity = (struct identity){getuid(), getgid()};
    gift.in = keep(STDIN_FILENO);
    gift.out = keep(STDOUT_FILENO);
    cgroup_open();
    cell_ledger_open();
    cell_template_enter(&gift.identity);
    fork_server_start();
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) fail_call("prctl dumpable");
}

/* ---- cells */

static bool is_short_of_something(int error) {
    return error == EAGAIN || error == ENOMEM || error == ENOSPC;
}

/* No cell, where the program that runs takes what one needs. In the new cell `*inside` is true. */
static struct cell make(bool *inside) {
    int turn[2];
    if (pipe2(turn, O_CLOEXEC) < 0) fail_call("pipe2");
    struct cell cell = {cell_clone(), turn[WRITE_END]};
    int why = errno;
    *inside = cell.init == 0;
    close(*inside ? turn[WRITE_END] : turn[READ_END]);
    if (*inside) gift.turn = turn[READ_END];
    if (cell.init >= 0) return cell;
    close(turn[WRITE_END]);
    errno = why;
    if (!is_short_of_something(errno)) fail_call("clone");
    return no_cell;
}

/* What we have used so far, as the process that the engine started, is no cost of the run. */
static void begin(const struct cell *cell) {
    cell_ledger_enter();
    if (write(cell->turn, "", 1) != 1) fail_call("write");
    close(cell->turn);
}

/* Whatever has ended, apart from the cell that runs, was one that waited: it is made again when it is needed. */
static int await_end(const struct cell *current, struct cell *next) {
    int status;
    for (;;) {
        pid_t ended = waitpid(-1, &status, 0);
        if (ended == current->init) return status;
        fork_server_note_end(ended, status);
        if (ended < 0 && errno != EINTR) fail_call("waitpid");
        if (ended < 0 || ended != next->init) continue;
        note("cells: the one that waits ended with %d", status);
        close(next->turn);
        *next = no_cell;
    }
}

/*
 * Only a cell that has carried out `exit`, after which the service sends nothing before the next `ready`, leaves everything as it must
 * be. Otherwise the next one could take the rest of a frame for a command.
 */
static void check_end(int status) {
    struct pollfd in = {.fd = gift.in, .events = POLLIN | POLLRDHUP};
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        note("cells: one ended with %d", status);
        leave(1);
    }
    if (poll(&in, 1, 0) < 0) fail_call("poll");
    if (in.revents & (POLLHUP | POLLRDHUP | POLLERR)) leave(0);
    if (!(in.revents & POLLIN) || !PROTECTS(CELL_CLEAN_PIPE)) return;
    note("cells: bytes wait after the end of one");
    leave(1);
}

void cells_enter(char **arguments) {
    struct cell next = no_cell;
    bool inside = false;
    start(arguments);
    for (uint64_t made = 1; made <= count; made++) {
        struct cell current = next.init > 0 ? next : make(&inside);
        if (inside) break;
        if (current.init == 0) fail_call("clone");
        begin(&current);
        next = made < count ? make(&inside) : no_cell;
        if (inside) break;
        cell_ledger_enter();
        check_end(await_end(&current, &next));
    }
    if (!inside) leave(0);
    cell_set_up(&gift);
}
