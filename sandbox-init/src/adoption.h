/* How a cell gets a copy of the fork server. */
#ifndef ADOPTION_H
#define ADOPTION_H

#include <stdbool.h>

#include "program.h"

/*
 * Asks for a copy in this cell and waits until it has given up everything that a program must not have; it is then a child of the caller. Nothing of
 * the fork server can be reached from the cell afterwards. The copy goes on when a byte is written to `gate` (fork-message.h). Returns false if there is none.
 */
bool adopt(struct program *program, int *gate);

#endif
