/* Empties the writable file systems. */
#ifndef WIPE_H
#define WIPE_H

/* No process may be left. Ends the session with `reset_failed` where anything cannot be removed. */
void wipe(void);

#endif
