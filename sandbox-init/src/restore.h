/* Puts the snapshot back. */
#ifndef RESTORE_H
#define RESTORE_H

/* Writes it into file systems that are empty and checks that all is there, or ends the session with `reset_failed`. */
void restore_snapshot(void);

#endif
