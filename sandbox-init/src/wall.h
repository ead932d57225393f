/* The wall clock of an execution. It stops while the program only waits for the service to read its output. */
#ifndef WALL_H
#define WALL_H

#include <stdbool.h>
#include <stdint.h>

#define WALL_NO_DEADLINE UINT64_MAX

void wall_start(uint64_t limit_ns);

/* Sets whether output has to wait for the service now. Called before every wait for events. */
void wall_set_stalled(bool stalled);

/* Stops the clock permanently. */
void wall_stop(void);

/* The monotonic time at which the limit is reached; no deadline while output is stalled. */
uint64_t wall_deadline(void);
bool wall_is_over(uint64_t now);

/* The time on the clock, and how long it was stopped. Call both after wall_stop. */
uint64_t wall_used_ns(void);
uint64_t wall_stalled_ns(void);

#endif
