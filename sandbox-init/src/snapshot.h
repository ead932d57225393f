/*
 * The `snapshot` command: copies files and directories into a sealed memfd. Only PID 1 has it, and no program can access
 * PID 1. Must not be called while a program runs.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stddef.h>

/* Takes the payload of a `snapshot` frame. Ends the session with `snapshot_too_large` or `snapshot_refused` if it fails. */
void snapshot_take(char *payload, size_t length);

/* The memfd, in the format of record.h; -1 if no snapshot was taken. */
int snapshot_store(void);

#endif
