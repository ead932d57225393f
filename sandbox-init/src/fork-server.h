/* The fork server of a container: an interpreter that is initialized, has met no program, and forks a copy of itself into each cell. */
#ifndef FORK_SERVER_H
#define FORK_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "command.h"

/* Takes one argument of `cells`: `fork_arg=` or `fork_env=`. Returns false if it is another one. */
bool fork_server_take(char *argument);

/* Starts it in the root that all cells share, if there are arguments for it. */
void fork_server_start(void);

/* A child has ended. Without the fork server interpreters start in the ordinary way. */
void fork_server_note_end(pid_t process, int status);

/* What it is a copy of; NULL: there is none. */
const struct command *fork_server_command(void);

/* Where cells send their requests. Only code of ours may have it. */
int fork_server_socket(void);

#endif
