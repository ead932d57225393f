#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARENT_MODE = 0755 };

static bool segment_is_plain(const char *segment, size_t length) {
    if (length == 0 || length > SEGMENT_BYTES) return false;
    if (length == 1 && segment[0] == '.') return false;
    return !(length == 2 && segment[0] == '.' && segment[1] == '.');
}

bool path_is_plain(const char *path) {
    if (strlen(path) >= PATH_BYTES) return false;
    for (;;) {
        size_t length = strcspn(path, "/");
        if (!segment_is_plain(path, length)) return false;
        if (path[length] == '\0') return true;
        path += length + 1;
    }
}

/* The kernel also returns ENOTDIR for a link opened with O_DIRECTORY and O_NOFOLLOW. This distinguishes the two cases. */
static void name_the_link(int dir, const char *segment) {
    struct stat status;
    if (errno != ENOTDIR) return;
    bool link = fstatat(dir, segment, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    errno = link ? ELOOP : ENOTDIR;
}

static int open_segment(int dir, const char *segment, bool make) {
    const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(dir, segment, flags);
    if (fd < 0 && errno == ENOENT && make && mkdirat(dir, segment, PARENT_MODE) == 0) fd = openat(dir, segment, flags);
    if (fd < 0) name_the_link(dir, segment);
    return fd;
}

void path_close(int fd, int root) {
    int saved = errno;
    if (fd != root && fd >= 0) close(fd);
    errno = saved;
}

int path_open_parent(int root, const char *path, bool make, const char **name) {
    char segment[SEGMENT_BYTES + 1];
    int dir = root;
    for (size_t length; dir >= 0 && path[length = strcspn(path, "/")] == '/'; path += length + 1) {
        memcpy(segment, path, length);
        segment[length] = '\0';
        int next = open_segment(dir, segment, make);
        path_close(dir, root);
        dir = next;
    }
    *name = path;
    return dir;
}
