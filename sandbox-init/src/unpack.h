/* The `files` command: a tar stream, cut anywhere, unpacked beneath a root. Any mistake in it ends the session. */
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* Unpacks a piece of an archive beneath root. All pieces of an archive must have the same root. */
void unpack_feed(int root, const char *bytes, size_t length);

/* Called at the end of the stream. */
void unpack_end(void);

/* The root of the archive that has begun and not ended, or -1. */
int unpack_open_root(void);

#endif
