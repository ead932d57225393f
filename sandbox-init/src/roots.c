#include "roots.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fail.h"

enum { ATTRIBUTE_NAMES_MAX = 64 * 1024 };

static struct root roots[ROOTS] = {
    [ROOT_WORKSPACE] = {"/workspace", -1, 0, 0},
    [ROOT_TMP] = {"/tmp", -1, 0, 0},
    [ROOT_SHM] = {"/dev/shm", -1, 0, 0},
    [ROOT_MQUEUE] = {"/dev/mqueue", -1, 0, 0},
};

static int read_flags(int fd) {
    int flags = 0;
    return ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ? 0 : flags;
}

static void open_root(struct root *root) {
    struct stat status;
    root->fd = open(root->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (root->fd < 0) return;
    if (fstat(root->fd, &status) < 0) fail_call("fstat");
    root->mode = status.st_mode & 07777;
    root->flags = read_flags(root->fd);
}

void roots_open(void) {
    for (int i = 0; i < ROOTS; i++) open_root(&roots[i]);
    if (roots[ROOT_WORKSPACE].fd < 0) fail_call("open /workspace");
    if (roots[ROOT_TMP].fd < 0) fail_call("open /tmp");
}

const struct root *root_at(int index) {
    return &roots[index];
}

_Noreturn static void give_up(const struct root *root, const char *call) {
    fail("reset_failed", "%s: %s: %s", root->path, call, strerror(errno));
}

/* Access control lists are extended attributes, too. */
static void strip_attributes(const struct root *root) {
    static char names[ATTRIBUTE_NAMES_MAX];
    ssize_t length = flistxattr(root->fd, names, sizeof names);
    if (length < 0 && errno != ENOTSUP) give_up(root, "flistxattr");
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (fremovexattr(root->fd, name) < 0) give_up(root, "fremovexattr");
    }
}

/* If another user owns the directory, a program cannot change these either. */
static void restore(const struct root *root) {
    struct stat status;
    if (root->fd < 0) return;
    if (fstat(root->fd, &status) < 0) give_up(root, "fstat");
    if (status.st_uid != geteuid()) return;
    if ((status.st_mode & 07777) != root->mode && fchmod(root->fd, root->mode) < 0) give_up(root, "fchmod");
    strip_attributes(root);
    if (read_flags(root->fd) != root->flags && ioctl(root->fd, FS_IOC_SETFLAGS, &root->flags) < 0) give_up(root, "FS_IOC_SETFLAGS");
}

void roots_restore(void) {
    for (int i = 0; i < ROOTS; i++) restore(&roots[i]);
}

static void restore_times(const struct root *root) {
    static const struct timespec epoch[2] = {{0, 0}, {0, 0}};
    if (root->fd < 0 || futimens(root->fd, epoch) == 0) return;
    if (errno != EPERM) give_up(root, "futimens");
    if (futimens(root->fd, NULL) < 0 && errno != EACCES) give_up(root, "futimens");
}

void roots_restore_times(void) {
    for (int i = 0; i < ROOTS; i++) restore_times(&roots[i]);
}
