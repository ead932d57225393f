#include "record.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fail.h"

bool record_write(int fd, const struct record *record, const char *path) {
    struct iovec parts[2] = {{(void *)(uintptr_t)record, sizeof *record}, {(void *)(uintptr_t)path, (size_t)record->path_length}};
    ssize_t all = (ssize_t)(sizeof *record + record->path_length);
    errno = 0;
    return writev(fd, parts, 2) == all;
}

bool record_copy(int to, int from, off_t *offset, uint64_t bytes) {
    while (bytes > 0) {
        errno = 0;
        ssize_t copied = sendfile(to, from, offset, (size_t)bytes);
        if (copied <= 0) return false;
        bytes -= (uint64_t)copied;
    }
    return true;
}

bool record_next(struct record_reader *reader, struct record *record) {
    ssize_t bytes = pread(reader->fd, record, sizeof *record, reader->at);
    if (bytes == 0) return false;
    if (bytes != (ssize_t)sizeof *record || record->path_length >= PATH_BYTES) fail("reset_failed", "the snapshot is damaged");
    reader->at += bytes;
    bytes = pread(reader->fd, reader->path, (size_t)record->path_length, reader->at);
    if (bytes != (ssize_t)record->path_length) fail("reset_failed", "the snapshot is damaged");
    reader->path[record->path_length] = '\0';
    reader->content = reader->at + bytes;
    reader->at = reader->content + (off_t)record->size;
    return true;
}
