/* The file systems that every cell has for itself. */
#ifndef CELL_MOUNTS_H
#define CELL_MOUNTS_H

#include <stdint.h>

struct cell_disk {
    uint64_t bytes;  /* of each writable file system */
    uint64_t inodes; /* likewise */
};

/* Fresh /workspace, /tmp, /dev/shm, /dev/mqueue and /proc. */
void cell_mount_own(const struct cell_disk *disk);

/* Hides and write-protects those parts of /proc that engines do not leave open. */
void cell_mask_proc(void);

/* Changes the size of the writable file systems. */
void cell_resize_disk(uint64_t bytes);

#endif
