#include "cell-namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"
#include "protections.h"
#include "text-file.h"

#define FRESH (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP)

static const char *const limits[] = {
    "/proc/sys/user/max_user_namespaces", "/proc/sys/user/max_mnt_namespaces", "/proc/sys/user/max_net_namespaces",
    "/proc/sys/user/max_pid_namespaces",  "/proc/sys/user/max_ipc_namespaces", "/proc/sys/user/max_uts_namespaces",
    "/proc/sys/user/max_cgroup_namespaces",
};

enum { LIMITS = sizeof limits / sizeof limits[0] };

pid_t cell_clone(void) {
    return (pid_t)syscall(SYS_clone, FRESH | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail_call("socket");
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) fail_call("SIOCSIFFLAGS lo");
    close(fd);
}

void cell_open_network(const struct identity *identity) {
    char groups[48];
    snprintf(groups, sizeof groups, "%u %u", identity->gid, identity->gid);
    text_file_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    text_file_write("/proc/sys/net/ipv4/ping_group_range", groups);
    raise_loopback();
}

void cell_forbid_namespaces(void) {
    if (!PROTECTS(CELL_LIMITS)) return;
    for (int i = 0; i < LIMITS; i++) text_file_write(limits[i], "0");
}
