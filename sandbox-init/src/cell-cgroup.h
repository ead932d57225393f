/* What a cell sees of the container's cgroup: its limits, and none of the figures, which tell about other cells. */
#ifndef CELL_CGROUP_H
#define CELL_CGROUP_H

/* Covers /sys/fs/cgroup with a read-only directory that holds only the files in which runtimes look up their limits. */
void cell_cgroup_cover(void);

#endif
