/* Standard input of the program: what came in `stdin` frames, held back as far as its pipe does not take it. */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>

/* Begins with our end of the pipe, or -1 when the program has none: then everything is dropped. */
void feed_open(int fd);

/* A `stdin` frame of this length begins. More than the window is `error protocol`. */
void feed_announce(size_t length);
void feed_push(const char *bytes, size_t length);
void feed_end(void);

/* The pipe to wait for, or -1. */
int feed_waits_for(void);
void feed_pump(void);

/* Sends what has been passed on or dropped as `stdin_ack`, if anything. */
void feed_acknowledge(void);
size_t feed_unacknowledged(void);

void feed_close(void);

#endif
