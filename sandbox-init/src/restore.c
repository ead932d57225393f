#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "input.h"
#include "path.h"
#include "record.h"
#include "roots.h"
#include "snapshot.h"

enum { CHECK_ALIVE_EVERY = 256 };

static const struct timespec EPOCH[2] = {{0, 0}, {0, 0}};

_Noreturn static void give_up(const char *call, const char *path) {
    fail("reset_failed", "%s: %s: %s", call, strerror(errno), path);
}

static void restore_file(int dir, const char *name, const struct record *record, struct record_reader *reader) {
    off_t content = reader->content;
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) give_up("create", reader->path);
    if (!record_copy(fd, reader->fd, &content, record->size)) give_up("write", reader->path);
    if (fchmod(fd, record->mode & 07777) < 0) give_up("chmod", reader->path);
    if (futimens(fd, EPOCH) < 0) give_up("set the times", reader->path);
    if (close(fd) < 0) give_up("close", reader->path);
}

/* A directory occurs once for itself and once for each path that leads through it. */
static void restore_directory(int dir, const char *name, const struct record *record, const char *path) {
    if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST) give_up("mkdir", path);
    if (fchmodat(dir, name, record->mode & 07777, 0) < 0) give_up("chmod", path);
}

static void restore(const struct record *record, struct record_reader *reader) {
    const char *name;
    int root = root_at((int)record->root)->fd;
    int dir = path_open_parent(root, reader->path, false, &name);
    if (dir < 0) give_up("open a parent", reader->path);
    if (S_ISDIR(record->mode)) restore_directory(dir, name, record, reader->path);
    else restore_file(dir, name, record, reader);
    path_close(dir, root);
}

static bool is_as_recorded(const struct stat *status, const struct record *record) {
    if (status->st_mode != record->mode) return false;
    return S_ISDIR(status->st_mode) || ((uint64_t)status->st_size == record->size && status->st_nlink == 1);
}

/* The times of directories are set last, when nothing more is written into them. */
static void check(const struct record *record, struct record_reader *reader) {
    const char *name;
    struct stat status;
    int root = root_at((int)record->root)->fd;
    int dir = path_open_parent(root, reader->path, false, &name);
    if (dir < 0 || fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) give_up("look again", reader->path);
    if (!is_as_recorded(&status, record)) fail("reset_failed", "differs from the snapshot: %s", reader->path);
    if (S_ISDIR(record->mode) && utimensat(dir, name, EPOCH, AT_SYMLINK_NOFOLLOW) < 0) give_up("set the times", reader->path);
    path_close(dir, root);
}

static void for_each(void (*act)(const struct record *, struct record_reader *)) {
    static struct record_reader reader;
    struct record record;
    unsigned entries = 0;
    reader.fd = snapshot_store();
    reader.at = 0;
    while (record_next(&reader, &record)) {
        act(&record, &reader);
        if (++entries % CHECK_ALIVE_EVERY == 0) in_check_alive();
    }
}

void restore_snapshot(void) {
    for_each(restore);
    for_each(check);
}
