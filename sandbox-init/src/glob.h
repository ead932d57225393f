/* Globs over paths: `*`, `?` and `[…]` within a segment, `**` for any number of segments. Compared byte by byte. */
#ifndef GLOB_H
#define GLOB_H

#include <stdbool.h>

bool glob_is_literal(const char *pattern);

/* Whether the pattern matches this path. */
bool glob_matches(const char *pattern, const char *path);

/* Whether the pattern may match anything beneath this directory. True may be wrong; false is always right. */
bool glob_reaches(const char *pattern, const char *directory);

#endif
