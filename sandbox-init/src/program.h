/* A process with its pipes: the program, or an interpreter that waits for it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "command.h"

struct program {
    pid_t main;
    int input;     /* our end of its standard input; -1: it has /dev/null */
    int output[2]; /* our ends of its standard output and error */
};

/* Creates its pipes. The other ends, in `theirs`, become 0, 1 and 2 of the process. */
void program_open(struct program *program, int theirs[3], bool has_input);

/* Starts it. Returns false if it cannot be executed: see spawn_fail. */
bool program_start(const struct command *command, struct program *program);

/* Closes our ends of the pipes. */
void program_close(const struct program *program);

#endif
