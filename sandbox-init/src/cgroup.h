/* The counters of the sandbox's cgroup, version 1 or 2, where one is mounted. */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum cgroup_counter {
    CGROUP_CPU_NS,       /* CPU time of all processes, ever */
    CGROUP_MEMORY,       /* bytes in use */
    CGROUP_MEMORY_PEAK,  /* most bytes ever in use */
    CGROUP_MEMORY_LIMIT, /* 0: none (version 2) */
    CGROUP_CACHE_COLD,   /* bytes of files on a disk, among those in use: the kernel takes them back before it kills */
    CGROUP_CACHE_WARM,
    CGROUP_OOM_KILLS,    /* processes killed for want of memory */
    CGROUP_COUNTERS,
};

/* Opens what there is. */
void cgroup_open(void);

/* False where there is no such counter. */
bool cgroup_read(enum cgroup_counter counter, uint64_t *value);

/* Whether it is version 2, which charges the memory of TCP and UDP. */
bool cgroup_charges_internet(void);

#endif
