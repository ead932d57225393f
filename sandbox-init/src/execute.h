/* The one execution that may be in progress, from `exec` until its last process is reaped. */
#ifndef EXECUTE_H
#define EXECUTE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXECUTE_NO_DEADLINE UINT64_MAX

/* The slots of an execution in the event loop's poll set. */
enum { EXECUTE_CHILD, EXECUTE_STDOUT, EXECUTE_STDERR, EXECUTE_STDIN, EXECUTE_SLOTS };

void execute_start(char *payload, size_t length);

/* Whether an execution is running, until `exited` is sent; and whether killed processes must still be reaped after that. */
bool execute_is_running(void);
bool execute_is_reaping(void);

/* Handles a `signal` frame. */
void execute_signal(char *payload, size_t length);

/* What to wait for, and until when (by the monotonic clock). */
void execute_fill(struct pollfd slots[EXECUTE_SLOTS]);
uint64_t execute_next_tick(void);

/* Handles events and reached limits. */
void execute_handle(const struct pollfd slots[EXECUTE_SLOTS]);

/* Continues work that was waiting for room in the output. */
void execute_advance(void);

#endif
