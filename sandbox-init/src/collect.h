/* The `collect` command: walks the files and answers with a tar stream, step by step, as the output has room. */
#ifndef COLLECT_H
#define COLLECT_H

#include <stdbool.h>
#include <stddef.h>

/* Parses and stores the request. collect_advance carries it out. */
void collect_prepare(const char *payload, size_t length);

/* Whether a request is waiting or being answered. */
bool collect_is_pending(void);

/* Continues the answer while the output has room, but no longer than one turn of the event loop should take. */
void collect_advance(void);

#endif
