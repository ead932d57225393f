/* The writable file systems of the sandbox. */
#ifndef ROOTS_H
#define ROOTS_H

#include <stddef.h>
#include <sys/types.h>

struct root {
    const char *path;
    int fd;      /* open since the start; -1 where the engine mounted nothing */
    mode_t mode; /* as it was at the start */
    int flags;   /* likewise; 0 where the file system has none */
};

enum { ROOT_WORKSPACE, ROOT_TMP, ROOT_SHM, ROOT_MQUEUE, ROOTS };

/* Opens them all; /workspace and /tmp must be there. */
void roots_open(void);

const struct root *root_at(int index);

/* Gives them the mode, flags (those of chattr) and extended attributes that they had, or ends the session with `reset_failed`. */
void roots_restore(void);

/* Gives them times that tell nothing: 1970, or the present where sandbox-init is not the owner. */
void roots_restore_times(void);

static inline int root_workspace(void) {
    return root_at(ROOT_WORKSPACE)->fd;
}

#endif
