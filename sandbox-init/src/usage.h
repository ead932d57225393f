/* What an execution uses: CPU time and memory, from the cgroup or, without one, from reaped processes. */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct usage {
    uint64_t cpu_ns;
    uint64_t user_us;
    uint64_t system_us;
    uint64_t memory_peak_bytes;
};

/* Once, at the start of the sandbox. */
void usage_open(void);

/* Takes the counters before an execution; then names its main process. */
void usage_begin(void);
void usage_set_main(pid_t main_process);

/* Counts a reaped process. */
void usage_add_reaped(const struct rusage *reaped);

/* CPU time of the execution so far. */
uint64_t usage_cpu_ns(void);

/* Whether only samples can tell the memory, because the cgroup remembers a higher peak from before. */
bool usage_needs_samples(void);

/* Samples the memory in use, with what is held in socket buffers. */
void usage_sample(void);

/* Whether by the last sample the socket buffers that no cgroup is charged for take memory over its limit. */
bool usage_sockets_exceed_memory(void);

/* Bytes to the memory limit, the cache of files given back; UINT64_MAX where there is no limit. */
uint64_t usage_memory_left(void);

/* Whether a process was killed for want of memory. */
bool usage_ran_out_of_memory(void);

struct usage usage_end(void);

/* For how long the CPU limit cannot be reached, however many processors are busy. */
uint64_t usage_soonest_ns(uint64_t cpu_left_ns);

#endif
