/* Standard input of the program. Bytes of `stdin` frames wait here while its pipe is full. */
#ifndef STDIN_H
#define STDIN_H

#include <stdbool.h>
#include <stddef.h>

/* Starts with our end of the pipe, or with -1 if the program has no stdin: then everything is dropped. */
void stdin_open(int fd);

/* A `stdin` frame of this length begins. More than the window is `error protocol`. */
void stdin_announce(size_t length);
void stdin_push(const char *bytes, size_t length);
void stdin_end(void);

/* The pipe to wait for, or -1. */
int stdin_waits_for(void);
void stdin_pump(void);

/* Acknowledges bytes that were passed on or dropped, if there are any. */
void stdin_acknowledge(void);
size_t stdin_unacknowledged(void);

void stdin_close(void);

#endif
