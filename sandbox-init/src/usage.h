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

/* Called once, at the start of the sandbox. */
void usage_open(void);

/* Reads the counters before an execution; usage_set_main then sets its main process. */
void usage_begin(void);
void usage_set_main(pid_t main_process);

/* The same for an execution that has begun already, with an interpreter that was started ahead. */
void usage_continue(void);

/* The cgroup's limit when one of the two above was called; 0: none is known. */
uint64_t usage_memory_limit(void);

/* Counts a reaped process. */
void usage_add_reaped(const struct rusage *reaped);

/* CPU time of the execution so far. */
uint64_t usage_cpu_ns(void);

/* Whether memory can only be sampled, because the cgroup's peak is from an earlier execution. */
bool usage_needs_samples(void);

/* Samples the memory in use, including socket buffers. */
void usage_sample(void);

/* Whether memory and uncharged socket buffers together were over the limit at the last sample. */
bool usage_sockets_exceed_memory(void);

/* Bytes left to the memory limit, not counting the cache of files; UINT64_MAX if there is no limit. */
uint64_t usage_memory_left(void);

/* Whether the kernel killed a process because memory ran out. */
bool usage_ran_out_of_memory(void);

struct usage usage_end(void);

/* The time until the CPU limit can be reached at the earliest, with all processors busy. */
uint64_t usage_soonest_ns(uint64_t cpu_left_ns);

#endif
