/* Empties the writable file systems. */
#ifndef WIPE_H
#define WIPE_H

/* Requires that no process is left. Ends the session with `reset_failed` if anything cannot be removed. */
void wipe(void);

#endif
