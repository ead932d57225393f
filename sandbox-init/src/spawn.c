#include "spawn.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "fail.h"
#include "harden.h"
#include "path.h"

/*
 * The child runs in our memory, and we are suspended, until it executes the program or fails (CLONE_VM and CLONE_VFORK). So
 * nothing is copied, and the child reports why it failed by writing it here.
 */

enum { STACK_BYTES = 64 * 1024, CHILD_FAILED = 127, FILE_CREATION_MASK = 022 };

static _Alignas(16) char stack[STACK_BYTES];

static struct {
    const char *call; /* NULL: the program is executing */
    int why;
} failure;

_Noreturn static void give_up(const char *call) {
    failure.why = errno;
    failure.call = call;
    _exit(CHILD_FAILED);
}

/* These descriptors stay open in the program; the analyzer reports that as a leak. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-fd-leak"
static void take_descriptors(const int descriptors[3]) {
    for (int i = 0; i < 3; i++) {
        if (dup2(descriptors[i], i) < 0) give_up("dup2");
    }
}
#pragma GCC diagnostic pop

static void become_ordinary(void) {
    sigset_t none;
    sigemptyset(&none);
    harden_set_all_signals(SIG_DFL);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0) give_up("sigprocmask");
    if (setsid() < 0) give_up("setsid");
    umask(FILE_CREATION_MASK);
}

static void limit_files(uint64_t bytes) {
    const struct rlimit limit = {.rlim_cur = (rlim_t)bytes, .rlim_max = (rlim_t)bytes};
    if (bytes != SPAWN_NO_FILE_LIMIT && setrlimit(RLIMIT_FSIZE, &limit) < 0) give_up("setrlimit");
}

static const char *find_variable(char **environment, const char *name) {
    size_t length = strlen(name);
    for (; *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') return *environment + length + 1;
    }
    return "";
}

/* Joins a directory of PATH with a name. Returns false if there is no directory or no room. */
static bool join(char path[PATH_BYTES], const char *directory, size_t length, const char *name) {
    size_t name_length = strlen(name);
    if (length == 0 || length + 1 + name_length >= PATH_BYTES) return false;
    memcpy(path, directory, length);
    path[length] = '/';
    memcpy(path + length + 1, name, name_length + 1);
    return true;
}

/* Tries every directory of PATH. If a program was found but is not executable, errno is from that one; else it is ENOENT. */
static void execute_from_path(const struct spawn_request *request) {
    char path[PATH_BYTES];
    int why = ENOENT;
    const char *directory = find_variable(request->environment, "PATH");
    for (size_t length; *directory; directory += length + (directory[length] == ':')) {
        length = strcspn(directory, ":");
        if (!join(path, directory, length, request->arguments[0])) continue;
        execve(path, request->arguments, request->environment);
        if (errno == EACCES) why = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR) return;
    }
    errno = why;
}

static int run_child(void *argument) {
    const struct spawn_request *request = argument;
    cell_seal_child();
    harden_lower_oom_score();
    take_descriptors(request->descriptors);
    become_ordinary();
    if (chdir(request->directory) < 0) give_up("chdir");
    limit_files(request->file_bytes);
    if (strchr(request->arguments[0], '/')) execve(request->arguments[0], request->arguments, request->environment);
    else execute_from_path(request);
    give_up("execve");
}

pid_t spawn(const struct spawn_request *request) {
    struct spawn_request copy = *request;
    failure.call = NULL;
    harden_raise_oom_score();
    pid_t child = clone(run_child, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, &copy);
    if (child < 0) {
        harden_lower_oom_score();
        fail_call("clone");
    }
    return failure.call ? -1 : child;
}

_Noreturn void spawn_fail(void) {
    fail("exec_failed", "%s: %s", failure.call, strerror(failure.why));
}
