/* What a program can leave behind besides files: in the network namespace, and in the times of devices. */
#ifndef RESIDUE_H
#define RESIDUE_H

/* Stores the counters of the network namespace. */
void residue_mark(void);

/* Ends the session with `reset_failed` unless they are unchanged and no local socket is left. */
void residue_check_network(void);

/* Sets the times of all devices to the present, because a program may do that to any of them. */
void residue_touch_devices(void);

#endif
