/* What all cells of a container have in common: a small root of its files, without anything that can be written. */
#ifndef CELL_TEMPLATE_H
#define CELL_TEMPLATE_H

#include <sys/types.h>

struct identity {
    uid_t uid;
    gid_t gid;
};

/* Moves the process to namespaces in which it may mount, and to that root. Once, at the start of the container. */
void cell_template_enter(const struct identity *identity);

/* Gives the user namespace of the calling process one user and one group, with the numbers that they have outside. */
void cell_map_identity(const struct identity *identity);

#endif
