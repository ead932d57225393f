/* Paths from outside, resolved one component at a time, so that no link is ever followed. */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stddef.h>

enum { PATH_BYTES = 4096, SEGMENT_BYTES = 255 };

/* Whether a path is relative, shorter than PATH_BYTES, and made of segments that are neither empty, `.`, `..` nor over SEGMENT_BYTES. */
bool path_is_plain(const char *path);

/*
 * Opens (O_PATH) the directory that contains the last segment of a plain path beneath root, and points *name to that segment.
 * With make, creates missing directories. Returns root itself for a path of one segment, or -1 (ELOOP if a parent is a link).
 */
int path_open_parent(int root, const char *path, bool make, const char **name);

/* Closes what path_open_parent returned, unless it is root. */
void path_close(int fd, int root);

#endif
