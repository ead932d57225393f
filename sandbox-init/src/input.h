/* Frames from the service: one buffer behind a non-blocking standard input. */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>

/* What the buffer holds next: a whole frame, or a piece of a `files` or `stdin` frame, which are passed on as they come. */
struct frame {
    char type;
    char *payload;
    size_t length;
    size_t announced; /* length of the whole payload at the first piece of a frame, 0 at later ones */
    bool first;
};

/* Reads once. Ends the sandbox at end-of-file. */
void in_read(void);

/* Takes the next frame or piece, or says that there is none yet. Its payload stays until the next in_read. */
bool in_next(struct frame *frame);

/* Whether in_next would take something. */
bool in_has_next(void);

/* Gives the pages of a large frame back to the kernel. Nothing may point into it any more. */
void in_trim(void);

/* Ends the sandbox if the service has closed standard input. Long work calls this now and then. */
void in_check_alive(void);

#endif
