#include "directory.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"

void listing_begin(struct listing *listing, int fd) {
    listing->fd = fd;
    listing->at = listing->length = 0;
}

static void refill(struct listing *listing) {
    long bytes = syscall(SYS_getdents64, listing->fd, listing->entries, sizeof listing->entries);
    if (bytes < 0) fail_call("getdents64");
    listing->at = 0;
    listing->length = (size_t)bytes;
}

const struct listed *listing_next(struct listing *listing) {
    for (;;) {
        if (listing->at == listing->length) refill(listing);
        if (listing->length == 0) return NULL;
        const void *at = listing->entries + listing->at;
        const struct listed *entry = at;
        listing->at += entry->record_length;
        if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0) return entry;
    }
}
