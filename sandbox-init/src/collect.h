/* The `collect` command: a walk that answers with a tar stream, a step at a time, as the output takes it. */
#ifndef COLLECT_H
#define COLLECT_H

#include <stdbool.h>
#include <stddef.h>

/* Reads and keeps the request; it is carried out by collect_advance. */
void collect_prepare(const char *payload, size_t length);

/* Whether a request is waiting or being answered. */
bool collect_is_pending(void);

/* Answers as far as the output has room, but no longer than one turn of the event loop should take. */
void collect_advance(void);

#endif
