/* The inner side of a cell: sandbox-init as PID 1 of fresh namespaces. */
#ifndef CELL_H
#define CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "cell-mounts.h"
#include "cell-template.h"

/* What the outer init hands to a cell. */
struct cell_gift {
    struct identity identity;
    struct cell_disk disk;
    int turn;   /* a byte comes when the cell's turn has come */
    int in;     /* the engine's pipes, which the cell does not touch before */
    int out;
};

/* Sets the cell up around the calling process, a child of cell_clone. Its standard input and output lead nowhere yet. */
void cell_set_up(const struct cell_gift *gift);

/*
 * Waits for the turn, then wipes the times that programs of the cell before have left on devices, which all cells share, and takes the
 * pipes. Returns at once outside cells.
 */
void cell_await_turn(void);

/* At `exit`: no byte may have come behind it, and no frame may be cut off, or the next cell would go on in the middle of it. */
void cell_check_end(void);

/* A `limits` frame. */
void cell_limit(char *payload, size_t length);

/*
 * Gives up, for good, everything that a program must not have. Comes before the first command but `limits` and `ahead` is looked at; afterwards
 * it does nothing. Outside cells it only installs the filter of every sandbox.
 */
void cell_seal(void);

/* Does the same for a child that starts before, and changes nothing for the caller. */
void cell_seal_child(void);

bool cell_is_sealed(void);

#endif
