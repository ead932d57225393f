#include "ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adoption.h"
#include "cell.h"
#include "fail.h"
#include "fork-message.h"
#include "fork-server.h"
#include "roots.h"
#include "usage.h"
#include "wipe.h"

/*
 * How it stops: in place of the main file there is an empty one, on which sandbox-init holds a write lease. Opening such a file blocks, and the
 * kernel tells the holder. sandbox-init then stops the process, removes the file and gives up the lease. When the process is continued, the
 * kernel restarts its open, with the real file. The process cannot tell: it has neither seen a signal nor got another descriptor.
 */

enum { FIXED_MAX = 16 * 1024, PLACEHOLDER_MODE = 0600 };

static struct {
    bool exists;
    bool held; /* it waits, and has neither looked at its main file nor at a placeholder */
    struct program program;
    int placeholder; /* with the lease; -1: none */
    int gate;        /* where a copy of the fork server waits; -1: it is none */
    char main_file[256];
    char fixed[FIXED_MAX]; /* what cannot be changed any more */
    size_t fixed_length;
    uint64_t memory_limit; /* when it started */
} ahead = {.placeholder = -1, .gate = -1};

/* ---- what is fixed */

/* Appends a text and its NUL. Returns false if there is no room. */
static bool append(char *to, size_t *length, const char *text) {
    size_t bytes = strlen(text) + 1;
    if (bytes > FIXED_MAX - *length) return false;
    memcpy(to + *length, text, bytes);
    *length += bytes;
    return true;
}

/* Every text of a list with a plus before it, then an empty text. */
static bool append_list(char *to, size_t *length, char **list) {
    for (; *list; list++) {
        if (!append(to, length, "+") || !append(to, length, *list)) return false;
    }
    return append(to, length, "");
}

/* Writes down everything that is fixed at the start. Returns its length; 0: there is no room. */
static size_t describe(char to[FIXED_MAX], const struct command *command) {
    size_t length = 0;
    bool fits = append_list(to, &length, command->arguments) && append_list(to, &length, command->environment);
    fits = fits && append(to, &length, command->directory) && append(to, &length, command->has_stdin ? "pipe" : "null");
    return fits ? length : 0;
}

/* Whether there is input is not fixed for a copy of the fork server. */
static bool is_same(const struct command *command) {
    static char other[FIXED_MAX];
    struct command like = *command;
    if (command->needs_own_start || command->file_bytes != COMMAND_NO_LIMIT) return false;
    if (ahead.gate >= 0) like.has_stdin = false;
    size_t length = describe(other, &like);
    return length == ahead.fixed_length && memcmp(other, ahead.fixed, length) == 0;
}

/* ---- the placeholder */

static void remove_placeholder(void) {
    if (ahead.placeholder < 0) return;
    if (unlinkat(root_workspace(), ahead.main_file, 0) < 0 && errno != ENOENT) fail_call("unlinkat");
    close(ahead.placeholder);
    ahead.placeholder = -1;
}

/* Returns false where the disk is full or the kernel grants no lease. SIGCHLD is the one signal that we read; the lease's own would be ignored. */
static bool place_placeholder(void) {
    int fd = openat(root_workspace(), ahead.main_file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, PLACEHOLDER_MODE);
    ahead.placeholder = fd;
    if (fd >= 0 && fcntl(fd, F_SETSIG, SIGCHLD) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0) return true;
    note("no placeholder with a lease, so nothing starts ahead: %s", strerror(errno));
    remove_placeholder();
    return false;
}

static bool is_opened(void) {
    return fcntl(ahead.placeholder, F_GETLEASE) != F_WRLCK;
}

/* ---- its life */

void ahead_start(char *payload, size_t length) {
    if (cell_is_sealed() || ahead.exists) fail("protocol", "ahead after another command");
    struct command command = command_parse_ahead(payload, length);
    ahead.fixed_length = describe(ahead.fixed, &command);
    if (ahead.fixed_length == 0) fail("protocol", "ahead: too long");
    memcpy(ahead.main_file, command.main_file, strlen(command.main_file) + 1);
    if (!place_placeholder()) return;
    usage_begin();
    ahead.memory_limit = usage_memory_limit();
    ahead.exists = program_start(&command, &ahead.program);
    command_release();
    if (ahead.exists) usage_set_main(ahead.program.main);
    else remove_placeholder(); /* the program itself will show what is wrong */
}

void ahead_adopt(void) {
    const struct command *command = fork_server_command();
    if (!command) return;
    ahead.fixed_length = describe(ahead.fixed, command);
    if (ahead.fixed_length == 0) fail("protocol", "cells: too long");
    ahead.exists = ahead.held = adopt(&ahead.program, &ahead.gate);
}

static void wait_for(int states) {
    siginfo_t info;
    while (waitid(P_PID, (id_t)ahead.program.main, &info, states | WNOWAIT) < 0) {
        if (errno != EINTR) fail_call("waitid");
    }
}

/* A stop comes at once unless the process waits for a disk, which it would do in any case. */
void ahead_hold(void) {
    if (!ahead.exists || ahead.held) return;
    if (kill(ahead.program.main, SIGSTOP) < 0) fail_call("kill");
    wait_for(WSTOPPED | WEXITED);
    remove_placeholder();
    ahead.held = true;
}

void ahead_notice(void) {
    if (ahead.exists && !ahead.held && is_opened()) ahead_hold();
}

/* A thread is a directory, and each directory adds a link to the one that it is in. */
static bool has_threads(void) {
    enum { OWN_LINKS = 2, MAIN_THREAD = 1 };
    char path[32];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/task", (int)ahead.program.main);
    if (stat(path, &status) < 0) fail_call("stat");
    return status.st_nlink > OWN_LINKS + MAIN_THREAD;
}

void ahead_await_limits(void) {
    ahead_hold();
    if (ahead.exists && has_threads()) ahead_discard();
}

void ahead_limit(int resource, const struct rlimit *limit) {
    if (ahead.exists && prlimit(ahead.program.main, resource, limit, NULL) < 0) fail_call("prlimit");
}

static void close_gate(void) {
    if (ahead.gate >= 0) close(ahead.gate);
    ahead.gate = -1;
}

/* Some interpreters write to /tmp while they start. Nothing else has been put there as long as one waits. */
void ahead_forget(pid_t process) {
    if (!ahead.exists || process != ahead.program.main) return;
    remove_placeholder();
    close_gate();
    program_close(&ahead.program);
    wipe_all_but_workspace();
    ahead.exists = false;
}

void ahead_discard(void) {
    if (!ahead.exists) return;
    pid_t process = ahead.program.main;
    if (kill(process, SIGKILL) < 0) fail_call("kill");
    wait_for(WEXITED);
    if (waitpid(process, NULL, 0) < 0) fail_call("waitpid");
    ahead_forget(process);
}

static bool has_ended(void) {
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)ahead.program.main, &info, WEXITED | WNOHANG | WNOWAIT) < 0) fail_call("waitid");
    return info.si_pid != 0;
}

/* If it has been killed by now, that is how the program ended. */
static void open_gate(bool has_stdin) {
    char go = has_stdin ? FORK_GO_WITH_INPUT : FORK_GO_WITHOUT_INPUT;
    usage_begin();
    usage_set_main(ahead.program.main);
    if (write(ahead.gate, &go, 1) < 0 && errno != EPIPE) fail_call("write");
    close_gate();
    if (has_stdin) return;
    close(ahead.program.input);
    ahead.program.input = -1;
}

static void go_on(bool has_stdin) {
    if (ahead.gate >= 0) open_gate(has_stdin);
    else if (kill(ahead.program.main, SIGCONT) < 0) fail_call("kill");
}

/* Interpreters that have started all their threads have also chosen the size of their heap, by the memory that there was. */
static bool has_chosen_another_size(void) {
    usage_continue();
    return usage_memory_limit() != ahead.memory_limit && has_threads();
}

bool ahead_take(const struct command *command, struct program *program) {
    if (!ahead.exists) return false;
    ahead_hold();
    if (has_ended() || !is_same(command) || has_chosen_another_size()) {
        ahead_discard();
        return false;
    }
    ahead.exists = false;
    go_on(command->has_stdin);
    *program = ahead.program;
    return true;
}
