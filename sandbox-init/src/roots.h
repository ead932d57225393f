/* The writable file systems of the sandbox. */
#ifndef ROOTS_H
#define ROOTS_H

#include <stddef.h>
#include <sys/types.h>

struct root {
    const char *path;
    int fd;      /* open since the start; -1 if the engine mounted nothing */
    mode_t mode; /* at the start */
    int flags;   /* at the start; 0 if the file system has none */
};

enum { ROOT_WORKSPACE, ROOT_TMP, ROOT_SHM, ROOT_MQUEUE, ROOTS };

/* Opens them all. /workspace and /tmp must exist. */
void roots_open(void);

const struct root *root_at(int index);

/* Restores their mode, flags (those of chattr) and extended attributes, or ends the session with `reset_failed`. */
void roots_restore(void);

/* Sets their times to 1970, or to the present if sandbox-init is not the owner, so that they reveal nothing. */
void roots_restore_times(void);

static inline int root_workspace(void) {
    return root_at(ROOT_WORKSPACE)->fd;
}

#endif
