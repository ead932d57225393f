/* The namespaces of a cell. */
#ifndef CELL_NAMESPACES_H
#define CELL_NAMESPACES_H

#include <sys/types.h>

#include "cell-template.h"

/* As fork, into a fresh set of all namespaces, of which the child is PID 1. -1 with errno. */
pid_t cell_clone(void);

/* Settings of the network namespace as engines make them; loopback is up. /proc must be the cell's. */
void cell_open_network(const struct identity *identity);

/* Nobody in the cell can make namespaces any more, whatever else they bring about. /proc must be the cell's and writable. */
void cell_forbid_namespaces(void);

#endif
