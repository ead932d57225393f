#include "harden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"

enum { LAST_SIGNAL = 64, FIRST_OTHER_DESCRIPTOR = 3, SCORE_MAX = 16 };

enum { RESET_ON_FORK = 1 /* SCHED_FLAG_RESET_ON_FORK */, SHORTEST_TURN = 100 * 1000 /* ns, the minimum that the kernel grants */ };

static const char HIGHEST_SCORE[] = "1000";

static int child_events = -1;
static int score_fd = -1;
static char own_score[SCORE_MAX];
static size_t own_score_length;

/* The kernel's struct. The libc function refuses to set the two signals that the libc itself uses. */
struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

static void set_signal(int number, void (*disposition)(int)) {
    const struct kernel_sigaction action = {.handler = disposition};
    if (syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask) < 0) fail_call("rt_sigaction");
}

void harden_set_all_signals(void (*disposition)(int)) {
    for (int number = 1; number <= LAST_SIGNAL; number++) {
        if (number != SIGKILL && number != SIGSTOP) set_signal(number, disposition);
    }
}

/*
 * Signals are ignored, not blocked: a blocked signal stays queued, and a program could fill the queue of its uid with real-time
 * signals. SIGCHLD must not be ignored, or the kernel would reap children itself; it is blocked and read from a descriptor.
 */
static void ignore_signals(void) {
    sigset_t only_child;
    harden_set_all_signals(SIG_IGN);
    set_signal(SIGCHLD, SIG_DFL);
    sigemptyset(&only_child);
    sigaddset(&only_child, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &only_child, NULL) < 0) fail_call("sigprocmask");
    child_events = signalfd(-1, &only_child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (child_events < 0) fail_call("signalfd");
}

void harden_close_the_rest(void) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, FIRST_OTHER_DESCRIPTOR, ~0u, 0) == 0) return;
#endif
    for (int fd = FIRST_OTHER_DESCRIPTOR; fd < 1024; fd++) close(fd);
}

/* Opens the file now: it belongs to root once the process is not dumpable. If that fails, only the score stays as it is. */
static void open_score(void) {
    score_fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    ssize_t length = score_fd < 0 ? -1 : read(score_fd, own_score, sizeof own_score);
    if (length > 0) {
        own_score_length = (size_t)length;
        return;
    }
    note("oom_score_adj: %s", strerror(errno));
    score_fd = -1;
}

/* Makes the descriptor non-blocking, so that a slow reader does not stop us. A closed one is an error: the next opened file would replace it. */
static void stop_blocking(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) leave(1);
    }
}

/* The kernel's struct, which some libcs lack. */
struct kernel_sched_attr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

/*
 * With a hundred busy processes, PID 1 could wait too long for the CPU. A process that asks for short time slices gets them sooner
 * (since Linux 6.12; before that, it has no effect). Children start with the default.
 */
static void want_short_turns(void) {
    const struct kernel_sched_attr attributes = {.size = sizeof attributes, .flags = RESET_ON_FORK, .runtime = SHORTEST_TURN};
    if (syscall(SYS_sched_setattr, 0, &attributes, 0) < 0) note("sched_setattr: %s", strerror(errno));
}

void harden_start(void) {
    if (getpid() != 1) {
        note("refuses to run: it is not PID 1");
        leave(1);
    }
    open_score();
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) fail_call("prctl dumpable");
    stop_blocking();
    want_short_turns();
    ignore_signals();
    umask(0);
}

int harden_child_events(void) {
    return child_events;
}

void harden_clear_child_events(void) {
    struct signalfd_siginfo event;
    if (read(child_events, &event, sizeof event) < 0 && errno != EAGAIN && errno != EINTR) fail_call("read signalfd");
}

static void write_score(const char *score, size_t length) {
    if (score_fd >= 0 && pwrite(score_fd, score, length, 0) < 0) note("oom_score_adj: %s", strerror(errno));
}

void harden_raise_oom_score(void) {
    write_score(HIGHEST_SCORE, sizeof HIGHEST_SCORE - 1);
}

void harden_lower_oom_score(void) {
    write_score(own_score, own_score_length);
}
