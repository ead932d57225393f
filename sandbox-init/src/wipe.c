#include "wipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directory.h"
#include "fail.h"
#include "input.h"
#include "roots.h"

/*
 * Trees are removed flat: every directory that is found is first moved to the root of its file system and emptied there.
 * So no depth requires recursion, memory or more than three descriptors.
 */

enum { OWNER_ALL = 0700, CHECK_EVERY = 1024 };

static struct listing outer; /* of a root */
static struct listing inner; /* of a directory that is being removed */
static uint64_t moved;       /* counter for the names of moved directories */
static unsigned removed;

_Noreturn static void refuse(const char *call) {
    fail("reset_failed", "%s: %s", call, strerror(errno));
}

/* Large trees take a while, so check whether the service has disconnected. */
static void count_removed(void) {
    if (++removed % CHECK_EVERY == 0) in_check_alive();
}

/* ---- removing */

static bool is_directory(int dir, const struct listed *entry) {
    struct stat status;
    if (entry->type != DT_UNKNOWN) return entry->type == DT_DIR;
    if (fstatat(dir, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse("stat");
    return S_ISDIR(status.st_mode);
}

/* Moves a directory into the root under a free name, or under that of an empty directory, which it replaces. */
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

/* Removes a directory in the root. Its subdirectories are moved to the root. */
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

/* Empties a root. Repeats until nothing is left. */
static void purge(const struct root *root) {
    const struct listed *entry;
    for (bool again = true; again;) {
        again = false;
        if (lseek(root->fd, 0, SEEK_SET) < 0) refuse("lseek");
        listing_begin(&outer, root->fd);
        while ((entry = listing_next(&outer))) {
            again = true;
            if (is_directory(root->fd, entry)) remove_directory(root, entry->name);
            else remove_file(root->fd, entry->name);
        }
    }
}

void wipe_all_but_workspace(void) {
    for (int i = 0; i < ROOTS; i++) {
        if (i != ROOT_WORKSPACE && root_at(i)->fd >= 0) purge(root_at(i));
    }
}

void wipe(void) {
    for (int i = 0; i < ROOTS; i++) {
        if (root_at(i)->fd >= 0) purge(root_at(i));
    }
}
