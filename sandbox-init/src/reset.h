/* The `reset` command: restores the state at the snapshot. */
#ifndef RESET_H
#define RESET_H

/* Must not be called while a program runs. Ends the session with `reset_failed` unless the state is verified to be the same. */
void reset(void);

#endif
