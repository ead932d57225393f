/* Frames from the service, in one buffer filled from a non-blocking standard input. */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>

/* The next item in the buffer: a whole frame, or a piece of a `files` or `stdin` frame, which are passed on as they arrive. */
struct frame {
    char type;
    char *payload;
    size_t length;
    size_t announced; /* length of the whole payload at the first piece of a frame, 0 at later ones */
    bool first;
};

/* Reads once. Ends the sandbox at end-of-file. */
void in_read(void);

/* Takes the next frame or piece. Returns false if there is none yet. The payload is valid until the next in_read. */
bool in_next(struct frame *frame);

/* Whether in_next would return something. */
bool in_has_next(void);

/* Returns whether every byte that came has been taken. */
bool in_is_empty(void);

/* Returns the pages of a large frame to the kernel. Nothing may point into the frame any more. */
void in_trim(void);

/* Ends the sandbox if the service has closed standard input. Long operations call this regularly. */
void in_check_alive(void);

#endif
