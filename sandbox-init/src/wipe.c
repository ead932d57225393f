#include "wipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "directory.h"
#include "fail.h"
#include "fields.h"
#include "input.h"
#include "ipc.h"
#include "path.h"
#include "roots.h"

/*
 * Trees are removed flat: every directory that is found is first moved up into the root of its file system, and emptied there.
 * So no depth needs recursion, memory or more than three descriptors.
 */

enum { OWNER_ALL = 0700, ATTRIBUTE_NAMES_MAX = 64 * 1024, CHECK_EVERY = 1024 };

static struct fields keeps;         /* from the first, for walking over them */
static struct listing outer;        /* of a directory that stays */
static struct listing inner;        /* of one that goes */
static uint64_t moved;              /* gives moved directories their names */
static unsigned removed;

_Noreturn static void refuse(const char *call) {
    fail("reset_failed", "%s: %s", call, strerror(errno));
}

/* Large trees take a while: notice when the service goes meanwhile. */
static void count_removed(void) {
    if (++removed % CHECK_EVERY == 0) in_check_alive();
}

/* ---- what stays */

/* The part of a kept path beneath a root, or NULL when it is elsewhere. */
static const char *beneath(const struct root *root, const char *kept) {
    size_t length = strlen(root->path);
    return strncmp(kept, root->path, length) == 0 && kept[length] == '/' ? kept + length + 1 : NULL;
}

/* Whether an entry of a directory (given from the root, with its slash, or empty) is kept or holds something kept. */
static bool stays(const struct root *root, const char *directory, size_t directory_length, const char *name) {
    struct fields walk = keeps;
    size_t name_length = strlen(name);
    for (char *value; fields_next(&walk, &value) >= 0;) {
        const char *path = beneath(root, value);
        if (!path || strncmp(path, directory, directory_length) != 0) continue;
        path += directory_length;
        if (strncmp(path, name, name_length) == 0 && (path[name_length] == '/' || path[name_length] == '\0')) return true;
    }
    return false;
}

/* ---- removing */

static bool is_directory(int dir, const struct listed *entry) {
    struct stat status;
    if (entry->type != DT_UNKNOWN) return entry->type == DT_DIR;
    if (fstatat(dir, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse("stat");
    return S_ISDIR(status.st_mode);
}

/* Moves a directory into the root under a name that is free, or that of an empty directory, which it replaces. */
static void move_up(const struct root *root, int dir, const char *name) {
    char unique[32];
    if (fchmodat(dir, name, OWNER_ALL, 0) < 0) refuse("chmod");
    do {
        snprintf(unique, sizeof unique, ".wipe-%llu", (unsigned long long)moved++);
        if (renameat(dir, name, root->fd, unique) == 0) return;
    } while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
    refuse("rename");
}

static void remove_file(int dir, const char *name) {
    if (unlinkat(dir, name, 0) < 0) refuse("unlink");
    count_removed();
}

/* Removes a directory that is in the root; what directories it holds come into the root. */
static void remove_directory(const struct root *root, const char *name) {
    const struct listed *entry;
    if (fchmodat(root->fd, name, OWNER_ALL, 0) < 0) refuse("chmod");
    int fd = openat(root->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) refuse("open");
    for (bool again = true; again;) {
        again = false;
        if (lseek(fd, 0, SEEK_SET) < 0) refuse("lseek");
        listing_begin(&inner, fd);
        while ((entry = listing_next(&inner))) {
            again = true;
            if (is_directory(fd, entry)) move_up(root, fd, entry->name);
            else remove_file(fd, entry->name);
        }
    }
    close(fd);
    if (unlinkat(root->fd, name, AT_REMOVEDIR) < 0) refuse("rmdir");
    count_removed();
}

static void remove_entry(const struct root *root, int dir, const struct listed *entry) {
    if (!is_directory(dir, entry)) remove_file(dir, entry->name);
    else if (dir == root->fd) remove_directory(root, entry->name);
    else move_up(root, dir, entry->name);
}

/* Empties a directory of all that does not stay, and looks again until there is nothing of the kind. */
static void purge(const struct root *root, int dir, const char *directory, size_t directory_length) {
    const struct listed *entry;
    for (bool again = true; again;) {
        again = false;
        if (lseek(dir, 0, SEEK_SET) < 0) refuse("lseek");
        listing_begin(&outer, dir);
        while ((entry = listing_next(&outer))) {
            if (stays(root, directory, directory_length, entry->name)) continue;
            again = true;
            remove_entry(root, dir, entry);
        }
    }
}

/* ---- attributes */

/* Extended attributes and access control lists would outlive the reset. */
static void strip_attributes(int fd) {
    static char names[ATTRIBUTE_NAMES_MAX];
    ssize_t length = flistxattr(fd, names, sizeof names);
    if (length < 0 && errno != ENOTSUP) refuse("flistxattr");
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (fremovexattr(fd, name) < 0) refuse("fremovexattr");
    }
}

static void restore_root(const struct root *root) {
    struct stat status;
    if (fstat(root->fd, &status) < 0) refuse("fstat");
    if (status.st_uid != geteuid()) return;
    if ((status.st_mode & 07777) != root->mode && fchmod(root->fd, root->mode) < 0) refuse("fchmod");
    strip_attributes(root->fd);
}

/* ---- kept files */

static int open_kept_directory(int dir, const char *name) {
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse("stat a directory to keep");
    if (!S_ISDIR(status.st_mode)) fail("reset_failed", "a directory to keep is none");
    if ((status.st_mode & OWNER_ALL) != OWNER_ALL && fchmodat(dir, name, status.st_mode | OWNER_ALL, 0) < 0) refuse("chmod");
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) refuse("open a directory to keep");
    strip_attributes(fd);
    return fd;
}

static void check_kept(int dir, const char *name) {
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse("stat a file to keep");
    if (!S_ISREG(status.st_mode)) fail("reset_failed", "a file to keep is not regular");
}

/* Purges every directory on the way to a kept file, but for the root. */
static void purge_around(const struct root *root, const char *path) {
    char name[SEGMENT_BYTES + 1];
    const char *at = path;
    int dir = root->fd;
    for (size_t length; at[length = strcspn(at, "/")] == '/'; at += length + 1) {
        memcpy(name, at, length);
        name[length] = '\0';
        int next = open_kept_directory(dir, name);
        path_close(dir, root->fd);
        dir = next;
        purge(root, dir, path, (size_t)(at - path) + length + 1);
    }
    check_kept(dir, at);
    path_close(dir, root->fd);
}

static void wipe_root(const struct root *root) {
    struct fields walk = keeps;
    if (root->fd < 0) return;
    restore_root(root);
    for (char *value; fields_next(&walk, &value) >= 0;) {
        const char *path = beneath(root, value);
        if (path) purge_around(root, path);
    }
    purge(root, root->fd, "", 0);
}

static bool is_beneath_some_root(const char *kept) {
    for (int i = 0; i < ROOTS; i++) {
        const char *path = beneath(root_at(i), kept);
        if (path) return path_is_plain(path);
    }
    return false;
}

static void read_keeps(char *payload, size_t length) {
    static const struct field_spec specs[] = {{"keep", true}};
    keeps = fields_open(payload, length, specs, 1);
    struct fields walk = keeps;
    for (char *value; fields_next(&walk, &value) >= 0;) {
        if (!is_beneath_some_root(value)) fail("protocol", "a path to keep is not in a writable file system");
    }
}

void wipe(char *payload, size_t length) {
    read_keeps(payload, length);
    for (int i = 0; i < ROOTS; i++) wipe_root(root_at(i));
    ipc_remove_all();
}
