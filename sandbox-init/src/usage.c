#include "usage.h"

#include <sched.h>
#include <string.h>
#include <time.h>

#include "cell-ledger.h"
#include "cgroup.h"
#include "clock.h"
#include "fail.h"
#include "sockets.h"

#define NOT_WORTH_SAMPLING (UINT64_C(4) << 20)

static uint64_t processors = 1;
static uint64_t memory_limit; /* 0: none is known */

static struct {
    uint64_t cpu_ns; /* the counters at the beginning */
    uint64_t own_ns;
    uint64_t memory_peak;
    bool has_higher_past; /* whether the peak may be that of an earlier execution */
    uint64_t oom_kills;
    uint64_t sampled_memory; /* largest so far */
    uint64_t socket_bytes;   /* last sample of memory that is not charged to the cgroup */
    uint64_t with_sockets;   /* largest sum of both; 0: there were no sockets */
    uint64_t largest_resident;
    uint64_t reaped_ns;
    uint64_t user_us;
    uint64_t system_us;
    pid_t main_process;
} now;

void usage_open(void) {
    cpu_set_t set;
    cgroup_open();
    cgroup_read(CGROUP_MEMORY_LIMIT, &memory_limit);
    if (sched_getaffinity(0, sizeof set, &set) < 0) note("sched_getaffinity failed: one processor assumed");
    else processors = (uint64_t)CPU_COUNT(&set);
    if (memory_limit > 0) sockets_open(!cgroup_charges_internet(), processors);
}

/* Ours, and what the next cell costs. */
static uint64_t own_ns(void) {
    return clock_read(CLOCK_PROCESS_CPUTIME_ID) + cell_ledger_ns();
}

/* The engine may have changed the limit. */
void usage_continue(void) {
    cgroup_read(CGROUP_MEMORY_LIMIT, &memory_limit);
}

uint64_t usage_memory_limit(void) {
    return memory_limit;
}

void usage_begin(void) {
    uint64_t memory;
    memset(&now, 0, sizeof now);
    usage_continue();
    sockets_begin();
    cgroup_read(CGROUP_MEMORY_PEAK, &now.memory_peak);
    now.has_higher_past = cgroup_read(CGROUP_MEMORY, &memory) && now.memory_peak > memory + NOT_WORTH_SAMPLING;
    cgroup_read(CGROUP_OOM_KILLS, &now.oom_kills);
    cgroup_read(CGROUP_CPU_NS, &now.cpu_ns);
    now.own_ns = own_ns();
}

void usage_set_main(pid_t main_process) {
    now.main_process = main_process;
}

static uint64_t microseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

void usage_add_reaped(const struct rusage *reaped) {
    uint64_t user = microseconds(reaped->ru_utime);
    uint64_t system = microseconds(reaped->ru_stime);
    uint64_t resident = (uint64_t)reaped->ru_maxrss * 1024;
    now.user_us += user;
    now.system_us += system;
    now.reaped_ns += (user + system) * NS_PER_US;
    if (resident > now.largest_resident) now.largest_resident = resident;
}

/* After the main process is reaped, its clock is gone and its time is among the reaped processes. */
static uint64_t cpu_without_cgroup(void) {
    clockid_t clock;
    if (now.main_process == 0 || clock_getcpuclockid(now.main_process, &clock) != 0) return now.reaped_ns;
    return now.reaped_ns + clock_read(clock);
}

uint64_t usage_cpu_ns(void) {
    uint64_t total;
    if (!cgroup_read(CGROUP_CPU_NS, &total)) return cpu_without_cgroup();
    uint64_t used = total - now.cpu_ns;
    uint64_t own = own_ns() - now.own_ns;
    return used > own ? used - own : 0;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* The cache of files on disks. The kernel reclaims it before the limit is reached. */
static uint64_t cache(void) {
    uint64_t cold = 0;
    uint64_t warm = 0;
    cgroup_read(CGROUP_CACHE_COLD, &cold);
    cgroup_read(CGROUP_CACHE_WARM, &warm);
    return cold + warm;
}

/* The cache keeps files that earlier executions read, so peaks are compared without the cache. */
static uint64_t own_memory(uint64_t memory) {
    uint64_t cached = now.has_higher_past ? cache() : 0;
    return memory > cached ? memory - cached : 0;
}

void usage_sample(void) {
    uint64_t memory;
    if (!cgroup_read(CGROUP_MEMORY, &memory)) return;
    now.socket_bytes = memory_limit == 0 ? 0 : sockets_bytes(memory_limit > memory ? memory_limit - memory : 0);
    if (memory > now.sampled_memory) now.sampled_memory = larger(now.sampled_memory, own_memory(memory));
    if (now.socket_bytes > 0) now.with_sockets = larger(now.with_sockets, memory + now.socket_bytes);
}

bool usage_sockets_exceed_memory(void) {
    uint64_t memory;
    if (now.socket_bytes == 0 || !cgroup_read(CGROUP_MEMORY, &memory) || memory + now.socket_bytes <= memory_limit) return false;
    return memory + now.socket_bytes > memory_limit + cache();
}

uint64_t usage_memory_left(void) {
    uint64_t memory;
    if (memory_limit == 0 || !cgroup_read(CGROUP_MEMORY, &memory)) return UINT64_MAX;
    uint64_t limit = memory_limit + cache();
    return limit > memory ? limit - memory : 0;
}

bool usage_ran_out_of_memory(void) {
    uint64_t kills;
    return cgroup_read(CGROUP_OOM_KILLS, &kills) && kills > now.oom_kills;
}

static uint64_t memory_peak(void) {
    uint64_t peak;
    uint64_t seen = larger(larger(now.sampled_memory, now.with_sockets), now.largest_resident);
    bool is_raised = cgroup_read(CGROUP_MEMORY_PEAK, &peak) && peak > now.memory_peak;
    return is_raised ? larger(own_memory(peak), now.with_sockets) : seen;
}

struct usage usage_end(void) {
    struct usage usage = {.cpu_ns = usage_cpu_ns(), .user_us = now.user_us, .system_us = now.system_us};
    usage.memory_peak_bytes = memory_peak();
    return usage;
}

bool usage_needs_samples(void) {
    return now.has_higher_past;
}

uint64_t usage_soonest_ns(uint64_t cpu_left_ns) {
    return cpu_left_ns / processors;
}
