/* The `files` command: a tar stream, cut anywhere, unpacked beneath /workspace. Whatever is wrong with it ends the session. */
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>
#include <stddef.h>

void unpack_feed(const char *bytes, size_t length);

/* The stream is complete. */
void unpack_end(void);

/* Whether an archive has begun and not ended. */
bool unpack_is_open(void);

#endif
