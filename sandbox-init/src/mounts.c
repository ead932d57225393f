#include "mounts.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>

#include "fail.h"

_Noreturn static void give_up(const char *what, const char *path) {
    fail("system", "mount %s on %s: %s", what, path, strerror(errno));
}

void mount_fresh(const struct mount_point *point) {
    if (mount(point->type, point->path, point->type, point->flags, point->options) < 0) give_up(point->type, point->path);
}

void mount_again(const char *from, const char *to) {
    if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0) give_up(from, to);
}

void mount_read_only(const char *path, unsigned long flags) {
    if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) < 0) give_up("read-only", path);
}
