#include "cell-template.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cell-cgroup.h"
#include "fail.h"
#include "mounts.h"
#include "text-file.h"

/* The new root is built on a directory that every container has, and whose own content no cell is to see. */
#define STAGE "/tmp"

enum { PUBLIC_DIRECTORY = 0755, ANYBODYS_DIRECTORY = 01777, EMPTY_DIRECTORY = 0555, PUBLIC_FILE = 0644 };

struct place {
    const char *path;
    mode_t mode;
};

/*
 * Where each cell mounts its own file systems, or the template the container's /proc and /sys. Nothing is mounted on /dev/pts: the kernel
 * counts pseudo-terminals for the machine, so sandboxes have none. Parents come first.
 */
static const struct place places[] = {
    {STAGE "/workspace", PUBLIC_DIRECTORY}, {STAGE "/tmp", ANYBODYS_DIRECTORY},      {STAGE "/proc", EMPTY_DIRECTORY},
    {STAGE "/sys", EMPTY_DIRECTORY},            {STAGE "/dev", PUBLIC_DIRECTORY},        {STAGE "/dev/shm", ANYBODYS_DIRECTORY},
    {STAGE "/dev/pts", EMPTY_DIRECTORY},    {STAGE "/dev/mqueue", ANYBODYS_DIRECTORY},
};

/* Names in / that the template makes by itself. */
static const char *const own_names[] = {".", "..", "workspace", "tmp", "proc", "sys", "dev"};

static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};

static const struct {
    const char *target;
    const char *path;
} links[] = {
    {"/proc/self/fd", STAGE "/dev/fd"},       {"/proc/self/fd/0", STAGE "/dev/stdin"}, {"/proc/self/fd/1", STAGE "/dev/stdout"},
    {"/proc/self/fd/2", STAGE "/dev/stderr"}, {"pts/ptmx", STAGE "/dev/ptmx"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Noreturn static void give_up(const char *call, const char *path) {
    fail("system", "%s %s: %s", call, path, strerror(errno));
}

static void make_directory(const char *path, mode_t mode) {
    if (mkdir(path, mode) < 0) give_up("mkdir", path);
}

static void make_file(const char *path) {
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, PUBLIC_FILE);
    if (fd < 0) give_up("create", path);
    close(fd);
}

static void make_link(const char *target, const char *path) {
    if (symlink(target, path) < 0) give_up("symlink", path);
}

static void copy_link(const char *from, const char *to) {
    char target[PATH_MAX];
    ssize_t length = readlink(from, target, sizeof target - 1);
    if (length < 0) give_up("readlink", from);
    target[length] = '\0';
    make_link(target, to);
}

static bool is_own(const char *name) {
    for (size_t i = 0; i < COUNT(own_names); i++) {
        if (strcmp(own_names[i], name) == 0) return true;
    }
    return false;
}

/* Files, directories and links of the image; devices and the like are not taken. */
static void take_entry(const char *name) {
    char from[NAME_MAX + 16];
    char to[NAME_MAX + 16];
    struct stat status;
    snprintf(from, sizeof from, "/%s", name);
    snprintf(to, sizeof to, STAGE "/%s", name);
    if (lstat(from, &status) < 0) give_up("lstat", from);
    if (S_ISLNK(status.st_mode)) copy_link(from, to);
    if (S_ISDIR(status.st_mode)) make_directory(to, PUBLIC_DIRECTORY);
    if (S_ISREG(status.st_mode)) make_file(to);
    if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)) mount_again(from, to);
}

static void take_image(void) {
    DIR *root = opendir("/");
    if (!root) give_up("opendir", "/");
    errno = 0;
    for (struct dirent *entry; (entry = readdir(root)); errno = 0) {
        if (!is_own(entry->d_name)) take_entry(entry->d_name);
    }
    if (errno != 0) give_up("readdir", "/");
    closedir(root);
}

static void take_devices(void) {
    char from[32];
    char to[32];
    for (size_t i = 0; i < COUNT(devices); i++) {
        snprintf(from, sizeof from, "/dev/%s", devices[i]);
        snprintf(to, sizeof to, STAGE "/dev/%s", devices[i]);
        make_file(to);
        mount_again(from, to);
    }
    for (size_t i = 0; i < COUNT(links); i++) make_link(links[i].target, links[i].path);
}

/* The kernel lets a cell mount a /proc of its own only where a whole one is in sight already. */
static void build_root(void) {
    static const struct mount_point stage = {STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755"};
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail_call("mount private on /");
    mount_fresh(&stage);
    take_image();
    for (size_t i = 0; i < COUNT(places); i++) make_directory(places[i].path, places[i].mode);
    take_devices();
    mount_again("/proc", STAGE "/proc");
    mount_again("/sys", STAGE "/sys");
}

/* With both arguments the same, the old root lies over the new one, and is detached. */
static void change_root(void) {
    if (chdir(STAGE) < 0) fail_call("chdir " STAGE);
    if (syscall(SYS_pivot_root, ".", ".") < 0) fail_call("pivot_root");
    if (umount2(".", MNT_DETACH) < 0) fail_call("umount2 of the old root");
    if (chdir("/") < 0) fail_call("chdir /");
}

static void write_map(const char *path, unsigned id) {
    char map[48];
    snprintf(map, sizeof map, "%u %u 1", id, id);
    text_file_write(path, map);
}

void cell_map_identity(const struct identity *identity) {
    text_file_write("/proc/self/setgroups", "deny");
    write_map("/proc/self/uid_map", identity->uid);
    write_map("/proc/self/gid_map", identity->gid);
}

void cell_template_enter(const struct identity *identity) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) < 0) fail_call("unshare");
    cell_map_identity(identity);
    umask(0);
    build_root();
    change_root();
    cell_cgroup_cover();
    mount_read_only("/", MS_NOSUID | MS_NODEV);
}
