#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "directory.h"
#include "fail.h"
#include "path.h"

enum { DEPTH_MAX = 64, ENTRIES_MAX = 100000 };

/* One directory on the path from the root to the current position. */
struct level {
    int fd;
    off_t resume;       /* where its listing continues when the walk comes back */
    size_t path_length; /* of the directory, with its slash */
};

static struct {
    struct level levels[DEPTH_MAX + 1];
    int depth; /* of the current directory; -1: none */
    int entries;
    char path[(DEPTH_MAX + 1) * (SEGMENT_BYTES + 1) + 1];
} walk = {.depth = -1};

static struct listing listing;

/* Opens the directory separately, so that its position is not shared. */
static bool push(int dir, const char *name, size_t path_length) {
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return false;
    walk.levels[++walk.depth] = (struct level){.fd = fd, .path_length = path_length};
    listing_begin(&listing, fd);
    return true;
}

static void pop(void) {
    close(walk.levels[walk.depth--].fd);
    if (walk.depth < 0) return;
    struct level *level = &walk.levels[walk.depth];
    if (lseek(level->fd, level->resume, SEEK_SET) < 0) fail_call("lseek");
    listing_begin(&listing, level->fd);
}

void walk_begin(int root) {
    walk.entries = 0;
    if (!push(root, ".", 0)) note("collect: the root cannot be opened: %s", strerror(errno));
}

static enum walk_found kind_of(int dir, const struct listed *entry) {
    struct stat status;
    if (entry->type == DT_REG) return WALK_FILE;
    if (entry->type == DT_DIR) return WALK_DIRECTORY;
    if (entry->type != DT_UNKNOWN || fstatat(dir, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0) return WALK_OTHER;
    return S_ISREG(status.st_mode) ? WALK_FILE : S_ISDIR(status.st_mode) ? WALK_DIRECTORY : WALK_OTHER;
}

static const struct listed *next_listed(void) {
    while (walk.depth >= 0) {
        const struct listed *entry = listing_next(&listing);
        if (entry) return entry;
        pop();
    }
    return NULL;
}

enum walk_found walk_next(struct walk_entry *found) {
    const struct listed *entry = next_listed();
    if (!entry) return WALK_END;
    struct level *level = &walk.levels[walk.depth];
    level->resume = entry->next;
    strcpy(walk.path + level->path_length, entry->name);
    *found = (struct walk_entry){level->fd, walk.path + level->path_length, walk.path};
    if (++walk.entries > ENTRIES_MAX) return WALK_TOO_MANY;
    return kind_of(level->fd, entry);
}

bool walk_enter(void) {
    if (walk.depth == DEPTH_MAX) return errno = ELOOP, false;
    const struct level *level = &walk.levels[walk.depth];
    size_t length = strlen(walk.path);
    if (!push(level->fd, walk.path + level->path_length, length + 1)) return false;
    strcpy(walk.path + length, "/");
    return true;
}

void walk_end(void) {
    while (walk.depth >= 0) close(walk.levels[walk.depth--].fd);
}
