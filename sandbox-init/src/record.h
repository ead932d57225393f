/* The entries of a snapshot, one after the other in a memfd: a header, the path, and the content of a file. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "path.h"

struct record {
    uint32_t root; /* index of the writable file system */
    uint32_t mode; /* kind and permissions, as in struct stat */
    uint64_t size; /* of the content */
    uint64_t path_length;
    uint64_t unused; /* pads the header to the 32 bytes in PROTOCOL.md */
};

/* A position in a memfd from which records are read. */
struct record_reader {
    int fd;
    off_t at;
    off_t content; /* position of the content of the last record */
    char path[PATH_BYTES]; /* of the last record */
};

/* Appends everything except the content. Returns false with errno on failure. */
bool record_write(int fd, const struct record *record, const char *path);

/* Copies this many bytes from the current position of `from`, or from *offset. Returns false with errno on failure; errno is 0 if the file is shorter. */
bool record_copy(int to, int from, off_t *offset, uint64_t bytes);

/* Reads the next record. Returns false at the end. An invalid record ends the session with `reset_failed`. */
bool record_next(struct record_reader *reader, struct record *record);

#endif
