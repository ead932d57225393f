/* Listing a directory without opendir, which allocates. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

enum { LISTING_BYTES = 32 * 1024 };

/* An entry as the kernel's getdents64 writes it. */
struct listed {
    uint64_t inode;
    int64_t next; /* position of the next entry */
    uint16_t record_length;
    uint8_t type; /* DT_* */
    char name[];
};

struct listing {
    int fd;
    size_t at;
    size_t length;
    _Alignas(8) char entries[LISTING_BYTES];
};

/* Lists from the descriptor's current position. */
void listing_begin(struct listing *listing, int fd);

/* The next entry except `.` and `..`, valid until the next call. NULL at the end. */
const struct listed *listing_next(struct listing *listing);

#endif
