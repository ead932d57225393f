/* What the program writes to one of its two streams. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

struct capture {
    int fd;             /* our end of the pipe, or -1 */
    char type;          /* of the frames */
    uint64_t seen;      /* bytes read */
    uint64_t pass_on;   /* of these, bytes to pass on */
};

/* Whether the pipe is open and the output has room for more. */
bool capture_is_ready(const struct capture *capture);

/* Reads once, if there is room. Returns true if anything was read, so that there may be more. */
bool capture_read(struct capture *capture);

void capture_close(struct capture *capture);

#endif
