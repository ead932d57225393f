/* The counters of the sandbox's cgroup, version 1 or 2, if one is mounted. */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum cgroup_counter {
    CGROUP_CPU_NS,       /* total CPU time of all processes */
    CGROUP_MEMORY,       /* bytes in use */
    CGROUP_MEMORY_PEAK,  /* largest number of bytes that were in use */
    CGROUP_MEMORY_LIMIT, /* 0: none (version 2) */
    CGROUP_CACHE_COLD,   /* of the bytes in use, those of files on a disk: the kernel reclaims them before it kills */
    CGROUP_CACHE_WARM,
    CGROUP_OOM_KILLS,    /* processes killed because memory ran out */
    CGROUP_COUNTERS,
};

/* Opens the counters that exist, once: a cell keeps those that the outer init has opened. */
void cgroup_open(void);

/* Returns false if there is no such counter. */
bool cgroup_read(enum cgroup_counter counter, uint64_t *value);

/* Whether the cgroup is version 2, which is charged for the memory of TCP and UDP. */
bool cgroup_charges_internet(void);

#endif
