/* Restores the snapshot. */
#ifndef RESTORE_H
#define RESTORE_H

/* Writes it into the empty file systems and checks that everything is there, or ends the session with `reset_failed`. */
void restore_snapshot(void);

#endif
