/* Empties the writable file systems. */
#ifndef WIPE_H
#define WIPE_H

/* Requires that no process is left. Ends the session with `reset_failed` if anything cannot be removed. */
void wipe(void);

/* The same, without /workspace. */
void wipe_all_but_workspace(void);

#endif
