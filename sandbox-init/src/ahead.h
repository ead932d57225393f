/*
 * An interpreter that is started before its program is there, for one program only. It starts as it always does, with the arguments and the environment that the
 * program will have, and stops by itself when it opens the main file, which is then put in place before it goes on.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "command.h"
#include "program.h"

/* Handles an `ahead` frame. */
void ahead_start(char *payload, size_t length);

/* In a cell that is new: gets a copy of the fork server, if there is one, which waits for the program as well. */
void ahead_adopt(void);

/* A child has changed state: perhaps the interpreter has come to its main file. */
void ahead_notice(void);

/* A child has ended and is reaped: perhaps the interpreter. */
void ahead_forget(pid_t process);

/* Stops the interpreter wherever it is, so that files can be put in place. */
void ahead_hold(void);

/* Limits will be set. An interpreter with threads is ended: under the limits its start might have failed. */
void ahead_await_limits(void);

/* Gives a limit to the interpreter as well. */
void ahead_limit(int resource, const struct rlimit *limit);

/* Ends the interpreter, if there is one. */
void ahead_discard(void);

/* Lets the interpreter go on as this program and returns true, or ends it and returns false if it cannot become this program. */
bool ahead_take(const struct command *command, struct program *program);

#endif
