/* Frames to the service: one bounded buffer before a non-blocking standard output. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that one bulk frame could carry now, at most FRAME_OUT_MAX; 0 when the buffer is as good as full. */
size_t out_room(void);

/* Where the payload of a bulk frame is to be put, out_room() bytes; then out_commit says how many came. */
unsigned char *out_space(void);
void out_commit(char type, size_t length);

/* Appends a frame. The caller makes sure that there is room (out_room() > 0 is enough for a small one). */
void out_frame(char type, const void *payload, size_t length);

/* Appends an `error` frame, for which some room is always left. */
void out_last_frame(char type, const void *payload, size_t length);

size_t out_pending(void);

/* Whether the last write found standard output full: wait for it to become writable. */
bool out_blocked(void);

/* Writes what standard output takes without blocking. Ends the sandbox when nobody can read any more. */
void out_flush(void);

/* Writes everything, waiting at most so long. */
void out_flush_within(int milliseconds);

#endif
