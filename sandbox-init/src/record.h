/* The entries of a snapshot, one behind the other in a memfd: a header, the path, and the content of a file. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "path.h"

struct record {
    uint32_t root; /* index of the writable file system */
    uint32_t mode; /* kind and permissions, as stat has them */
    uint64_t size; /* of the content */
    uint64_t path_length;
    uint64_t unused; /* so that the sum in PROTOCOL.md is a round one */
};

/* A place in a memfd from which records are read. */
struct record_reader {
    int fd;
    off_t at;
    off_t content; /* where that of the record read last is */
    char path[PATH_BYTES]; /* of the record read last */
};

/* Appends all but the content. False with errno. */
bool record_write(int fd, const struct record *record, const char *path);

/* Copies so many bytes from where `from` stands, or from *offset. False with errno, or with 0 where the file turns out to be shorter. */
bool record_copy(int to, int from, off_t *offset, uint64_t bytes);

/* The next record, or false at the end; what is not a record ends the session with `reset_failed`. */
bool record_next(struct record_reader *reader, struct record *record);

#endif
