/* What the extended headers of a tar archive say about the following entry. */
#ifndef PAX_H
#define PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path.h"

struct pax_attributes {
    char path[PATH_BYTES + 2]; /* empty: not set. Has room for a leading `./` */
    bool has_size;
    uint64_t size;
};

/* Reads pax records `length key=value\n`; keys other than path and size are ignored. Returns false if they are malformed. */
bool pax_parse(const char *records, size_t length, struct pax_attributes *attributes);

/* Returns false if the path is empty, too long, or contains a NUL. */
bool pax_set_path(struct pax_attributes *attributes, const char *path, size_t length);

#endif
