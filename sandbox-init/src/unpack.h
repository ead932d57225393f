/* The `files` command: a tar stream, cut anywhere, unpacked beneath a root. Whatever is wrong with it ends the session. */
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* The first piece of an archive says where it goes: a descriptor of the root, which all other pieces must name too. */
void unpack_feed(int root, const char *bytes, size_t length);

/* The stream is complete. */
void unpack_end(void);

/* Whether an archive has begun and not ended; then its root, else -1. */
int unpack_open_root(void);

#endif
