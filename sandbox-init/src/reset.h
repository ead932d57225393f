/* The `reset` command: the sandbox as at the snapshot. */
#ifndef RESET_H
#define RESET_H

/* Must not be called while a program runs. Ends the session with `reset_failed` where it cannot be proven that all is as it was. */
void reset(void);

#endif
