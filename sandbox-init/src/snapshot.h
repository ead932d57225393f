/*
 * The `snapshot` command: files and directories as they are, copied into a sealed memfd. Only PID 1 has it, and nobody can look
 * into PID 1. Must not be called while a program runs.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stddef.h>

/* Takes the payload of a `snapshot` frame. Ends the session with `snapshot_too_large` or `snapshot_refused` where it cannot be made. */
void snapshot_take(char *payload, size_t length);

/* The memfd, of which record.h knows the shape; -1: none was taken. */
int snapshot_store(void);

#endif
