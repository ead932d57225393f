#include "cell-cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "mounts.h"
#include "protections.h"

#define ROOT "/sys/fs/cgroup"

/* Limits of version 2, and of version 1 in the directories where distributions mount it. */
static const char *const limits[] = {
    ROOT "/cgroup.controllers",
    ROOT "/cpu.max",
    ROOT "/cpu.weight",
    ROOT "/cpuset.cpus.effective",
    ROOT "/memory.high",
    ROOT "/memory.max",
    ROOT "/memory.swap.max",
    ROOT "/pids.max",
    ROOT "/cpu/cpu.cfs_period_us",
    ROOT "/cpu/cpu.cfs_quota_us",
    ROOT "/cpu/cpu.shares",
    ROOT "/cpu,cpuacct/cpu.cfs_period_us",
    ROOT "/cpu,cpuacct/cpu.cfs_quota_us",
    ROOT "/cpu,cpuacct/cpu.shares",
    ROOT "/cpuset/cpuset.cpus",
    ROOT "/memory/memory.limit_in_bytes",
    ROOT "/memory/memory.memsw.limit_in_bytes",
    ROOT "/memory/memory.soft_limit_in_bytes",
    ROOT "/pids/pids.max",
};

enum { LIMITS = sizeof limits / sizeof limits[0], DIRECTORY = 0755, FILE_TO_COVER = 0444 };

_Noreturn static void give_up(const char *call, const char *path) {
    fail("system", "%s %s: %s", call, path, strerror(errno));
}

/* A place to be mounted on, and the directory above it. */
static void make_place(const char *path) {
    char parent[64];
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (mkdir(parent, DIRECTORY) < 0 && errno != EEXIST) give_up("mkdir", parent);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, FILE_TO_COVER);
    if (fd < 0) give_up("create", path);
    close(fd);
}

static void show_again(int fd, const char *path) {
    char from[32];
    if (fd < 0) return;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    make_place(path);
    mount_again(from, path);
    close(fd);
}

void cell_cgroup_cover(void) {
    static const struct mount_point cover = {ROOT, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=0755"};
    int fds[LIMITS];
    if (!PROTECTS(CELL_COVER) || access(ROOT, F_OK) < 0) return;
    for (int i = 0; i < LIMITS; i++) fds[i] = open(limits[i], O_PATH | O_CLOEXEC);
    mount_fresh(&cover);
    for (int i = 0; i < LIMITS; i++) show_again(fds[i], limits[i]);
    mount_read_only(ROOT, MS_NOSUID | MS_NODEV | MS_NOEXEC);
}
