/* Frames to the service, in one bounded buffer written to a non-blocking standard output. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* The number of bytes that one bulk frame could carry now, at most FRAME_OUT_MAX; 0 if the buffer is almost full. */
size_t out_room(void);

/* Where to write the payload of a bulk frame, up to out_room() bytes. Then call out_commit with the number of bytes. */
unsigned char *out_space(void);
void out_commit(char type, size_t length);

/* Appends a frame. The caller must make sure that there is room (out_room() > 0 is enough for a small frame). */
void out_frame(char type, const void *payload, size_t length);

/* Appends an `error` frame. Some room is always reserved for it. */
void out_last_frame(char type, const void *payload, size_t length);

size_t out_pending(void);

/* Whether standard output was full at the last write, so that the caller must wait until it is writable. */
bool out_blocked(void);

/* Writes as much as possible without blocking. Ends the sandbox if standard output is closed. */
void out_flush(void);

/* Writes everything, waiting at most this long. */
void out_flush_within(int milliseconds);

#endif
