/* `sandbox-init cells`: the outer init of a container in which one run after the other gets a cell. */
#ifndef CELLS_H
#define CELLS_H

/*
 * Makes cells, one ahead of need, and hands the engine's pipes from one to the next. Reads no frame. Returns in every cell, as its
 * PID 1; in the outer init it never does. Arguments: `count=`, `disk_bytes=`, `inodes=` (PROTOCOL.md).
 */
void cells_enter(char **arguments);

#endif
