/* A walk over a directory tree that does not change. Depth, entries and memory are limited; links are never followed. */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>

enum walk_found { WALK_FILE, WALK_DIRECTORY, WALK_OTHER, WALK_TOO_MANY, WALK_END };

struct walk_entry {
    int dir;          /* the directory that contains it */
    const char *name;
    const char *path; /* from the root of the walk */
};

void walk_begin(int root);
enum walk_found walk_next(struct walk_entry *entry);

/* Enters the directory found last. Returns false with errno: ELOOP if it is too deep, else why it cannot be opened. */
bool walk_enter(void);

/* Closes everything that is open. May be called if nothing is open. */
void walk_end(void);

#endif
