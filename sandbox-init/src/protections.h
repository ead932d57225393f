/* For the tests that show what each protection of a cell does: `make WITHOUT_CELL=CELL_FILTER` leaves that one out. */
#ifndef PROTECTIONS_H
#define PROTECTIONS_H

enum {
    CELL_FILTER = 1, /* the second seccomp filter */
    CELL_LIMITS = 2, /* the limits of namespaces */
    CELL_COVER = 4, /* the directory over the cgroup's */
    CELL_DROP = 8, /* no capability is kept */
    CELL_MASKS = 16, /* parts of /proc that are hidden or read-only */
    CELL_CLEAN_PIPE = 32, /* no cell gets bytes that were meant for the one before */
    FORK_CLOSE = 64, /* a copy of the fork server keeps no descriptor of it */
    FORK_ENTER = 128, /* it enters the network of its cell */
};

#ifndef WITHOUT_CELL
#define WITHOUT_CELL 0
#endif

#define PROTECTS(part) ((WITHOUT_CELL & (part)) == 0)

#endif
