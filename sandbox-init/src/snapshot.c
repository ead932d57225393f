#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "fields.h"
#include "input.h"
#include "path.h"
#include "record.h"
#include "roots.h"
#include "usage.h"
#include "walk.h"

enum { DIRECTORY_LEAST = 0700, CHECK_ALIVE_EVERY = 256, KEPT_FREE = 1024 * 1024 };

static int store = -1; /* the sealed memfd; -1: no snapshot was taken */

static struct {
    int fd;
    int root;
    uint64_t bytes_left;
    unsigned entries;
    char path[PATH_BYTES]; /* of the current entry, from the root */
} taking;

_Noreturn static void refuse(const char *why) {
    fail("snapshot_refused", "%s: %s", why, taking.path);
}

_Noreturn static void refuse_call(const char *call) {
    if (errno == ENOENT) refuse("not there");
    if (errno == ELOOP || errno == ENOTDIR || errno == ENXIO) refuse("neither file nor directory");
    if (errno == EACCES) refuse("unreadable");
    fail_call(call);
}

static void count_bytes(uint64_t bytes) {
    if (bytes > taking.bytes_left) fail("snapshot_too_large", "%s does not fit", taking.path);
    taking.bytes_left -= bytes;
}

static void put(const struct stat *status) {
    bool is_directory = S_ISDIR(status->st_mode);
    const struct record record = {
        .root = (uint32_t)taking.root,
        .mode = status->st_mode | (is_directory ? DIRECTORY_LEAST : 0),
        .size = is_directory ? 0 : (uint64_t)status->st_size,
        .path_length = strlen(taking.path),
    };
    count_bytes(sizeof record + record.path_length + record.size);
    if (!record_write(taking.fd, &record, taking.path)) fail_call("write the snapshot");
    if (++taking.entries % CHECK_ALIVE_EVERY == 0) in_check_alive();
}

static void put_directory(int dir, const char *name) {
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse_call("stat");
    if (!S_ISDIR(status.st_mode)) refuse("not a directory");
    put(&status);
}

static void put_file(int dir, const char *name) {
    struct stat status;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) refuse_call("open");
    if (fstat(fd, &status) < 0) fail_call("fstat");
    if (!S_ISREG(status.st_mode)) refuse("neither file nor directory");
    put(&status);
    if (!record_copy(taking.fd, fd, NULL, (uint64_t)status.st_size)) fail_call("copy to the snapshot");
    close(fd);
}

static void set_path(const char *directory, size_t directory_length, const char *rest) {
    const char *slash = directory_length > 0 ? "/" : "";
    int length = snprintf(taking.path, sizeof taking.path, "%.*s%s%s", (int)directory_length, directory, slash, rest);
    if (length < 0 || (size_t)length >= sizeof taking.path) refuse("path too long");
}

static void put_found(enum walk_found kind, const struct walk_entry *found) {
    if (kind == WALK_TOO_MANY) refuse("too many entries");
    if (kind == WALK_OTHER) refuse("neither file nor directory");
    if (kind == WALK_FILE) {
        put_file(found->dir, found->name);
        return;
    }
    put_directory(found->dir, found->name);
    if (!walk_enter()) refuse("too deep, or unreadable");
}

/* Adds everything in the directory at this path. */
static void put_contents(int dir, const char *path) {
    struct walk_entry found;
    size_t length = strlen(path);
    walk_begin(dir);
    for (enum walk_found kind; (kind = walk_next(&found)) != WALK_END;) {
        set_path(path, length, found.path);
        put_found(kind, &found);
    }
}

/* Adds the parent directories of a path, from the outermost. */
static void put_parents(int root, const char *path) {
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        const char *name;
        set_path(path, (size_t)(slash - path), "");
        taking.path[slash - path] = '\0';
        int dir = path_open_parent(root, taking.path, false, &name);
        if (dir < 0) refuse_call("open a parent");
        put_directory(dir, name);
        path_close(dir, root);
    }
}

static void put_named(int root, const char *path) {
    const char *name;
    struct stat status;
    put_parents(root, path);
    set_path("", 0, path);
    int dir = path_open_parent(root, path, false, &name);
    if (dir < 0 || fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) refuse_call("open");
    if (!S_ISDIR(status.st_mode)) {
        put_file(dir, name);
    } else {
        put_directory(dir, name);
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) refuse_call("open");
        put_contents(fd, path);
        close(fd);
    }
    path_close(dir, root);
}

/* Adds a root, or a path beneath one. */
static void put_path(const char *value) {
    static const int allowed[] = {ROOT_WORKSPACE, ROOT_TMP};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        const struct root *root = root_at(allowed[i]);
        size_t length = strlen(root->path);
        if (strncmp(value, root->path, length) != 0) continue;
        taking.root = allowed[i];
        if (value[length] == '\0') {
            put_contents(root->fd, "");
            return;
        }
        if (value[length] == '/' && path_is_plain(value + length + 1)) {
            put_named(root->fd, value + length + 1);
            return;
        }
    }
    fail("protocol", "snapshot: a path is not in a writable file system");
}

static uint64_t read_limit(struct fields fields, int wanted) {
    uint64_t limit = 0;
    bool there = false;
    char *value;
    for (int key; (key = fields_next(&fields, &value)) >= 0;) {
        if (key == wanted) limit = field_number(value, 0), there = true;
    }
    if (!there) fail("protocol", "snapshot: max_bytes is missing");
    return limit;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Only the copy uses memory at this time. At the limit the kernel would kill the only process: PID 1. */
static uint64_t room_in_memory(void) {
    uint64_t left = usage_memory_left();
    return left > KEPT_FREE ? left - KEPT_FREE : 0;
}

static void forget(void) {
    if (store >= 0) close(store);
    store = -1;
}

static void seal(void) {
    const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    if (fcntl(taking.fd, F_ADD_SEALS, seals) < 0) fail_call("seal the snapshot");
    store = taking.fd;
}

void snapshot_take(char *payload, size_t length) {
    enum { PATH, MAX_BYTES, COUNT };
    static const struct field_spec specs[COUNT] = {{"path", true}, {"max_bytes", false}};
    struct fields fields = fields_open(payload, length, specs, COUNT);
    forget();
    taking.bytes_left = smaller(read_limit(fields, MAX_BYTES), room_in_memory());
    taking.entries = 0;
    taking.fd = memfd_create("snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (taking.fd < 0) fail_call("memfd_create");
    char *value;
    for (int key; (key = fields_next(&fields, &value)) >= 0;) {
        if (key == PATH) put_path(value);
    }
    seal();
}

int snapshot_store(void) {
    return store;
}
