/* File locks. The kernel charges them to no cgroup and does not limit them, so a program could fill the machine's memory. */
#ifndef LOCKS_H
#define LOCKS_H

#include <stdbool.h>

/* Called once, at the start of the sandbox. Without /proc nothing is counted. */
void locks_open(void);

/* Called before an execution. */
void locks_begin(void);

/* Whether the sandbox holds more than 20,000 locks (4 MiB), which no ordinary program does. */
bool locks_are_too_many(void);

#endif
