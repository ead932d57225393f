/* The `reset` command: leaves the sandbox as it was at the start, but for the files to keep. No process may be left when it is called. */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

/* Takes the payload of a `reset` frame. Ends the session with `reset_failed` where anything cannot be removed. */
void wipe(char *payload, size_t length);

#endif
