/* The `reset` command: the sandbox as at the snapshot. */
#ifndef RESET_H
#define RESET_H

/* Must not be called while a program runs. Ends the session with `reset_failed` unless everything is proven to be as it was. */
void reset(void);

#endif
