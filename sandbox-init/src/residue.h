/* What a program can leave behind beside files: in the network namespace, and in the times of devices. */
#ifndef RESIDUE_H
#define RESIDUE_H

/* Remembers how the counters of the network namespace stand. */
void residue_mark(void);

/* Ends the session with `reset_failed` unless they stand as they did, and no local socket is left. */
void residue_check_network(void);

/* Anybody may set the times of a device to the present. So all of them get the present. */
void residue_touch_devices(void);

#endif
