/* A walk over a directory tree in which nothing changes. Bounded in depth, entries and memory; links are never followed. */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>

enum walk_found { WALK_FILE, WALK_DIRECTORY, WALK_OTHER, WALK_TOO_MANY, WALK_END };

struct walk_entry {
    int dir;          /* the directory that holds it */
    const char *name;
    const char *path; /* from the root of the walk */
};

void walk_begin(int root);
enum walk_found walk_next(struct walk_entry *entry);

/* Continues inside the directory found last. False with errno: ELOOP when it is too deep, else why it cannot be opened. */
bool walk_enter(void);

/* Closes what is open; harmless when nothing is. */
void walk_end(void);

#endif
