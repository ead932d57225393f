#include "cgroup.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup/"

enum { FILE_MAX = 4096, CANDIDATES = 3 };

/* Where a counter may be. The first file that can be opened is used. */
struct source {
    const char *path;
    const char *key; /* the start of its line; empty: the file contains only a number */
    uint64_t unit;
};

static const struct source sources[CGROUP_COUNTERS][CANDIDATES] = {
    [CGROUP_CPU_NS] = {{ROOT "cpu.stat", "usage_usec ", 1000},
                       {ROOT "cpuacct/cpuacct.usage", "", 1},
                       {ROOT "cpu,cpuacct/cpuacct.usage", "", 1}},
    [CGROUP_MEMORY] = {{ROOT "memory.current", "", 1}, {ROOT "memory/memory.usage_in_bytes", "", 1}, {NULL, NULL, 0}},
    [CGROUP_MEMORY_PEAK] = {{ROOT "memory.peak", "", 1}, {ROOT "memory/memory.max_usage_in_bytes", "", 1}, {NULL, NULL, 0}},
    [CGROUP_MEMORY_LIMIT] = {{ROOT "memory.max", "", 1}, {ROOT "memory/memory.limit_in_bytes", "", 1}, {NULL, NULL, 0}},
    [CGROUP_CACHE_COLD] = {{ROOT "memory.stat", "inactive_file ", 1}, {ROOT "memory/memory.stat", "total_inactive_file ", 1}, {NULL, NULL, 0}},
    [CGROUP_CACHE_WARM] = {{ROOT "memory.stat", "active_file ", 1}, {ROOT "memory/memory.stat", "total_active_file ", 1}, {NULL, NULL, 0}},
    [CGROUP_OOM_KILLS] = {{ROOT "memory.events", "oom_kill ", 1}, {ROOT "memory/memory.oom_control", "oom_kill ", 1}, {NULL, NULL, 0}},
};

static struct {
    int fd;
    const struct source *source;
} opened[CGROUP_COUNTERS];

static void open_counter(int counter) {
    opened[counter].fd = -1;
    for (int i = 0; i < CANDIDATES && opened[counter].fd < 0; i++) {
        const struct source *source = &sources[counter][i];
        if (!source->path) return;
        opened[counter].source = source;
        opened[counter].fd = open(source->path, O_RDONLY | O_CLOEXEC);
    }
}

void cgroup_open(void) {
    static bool done;
    if (done) return;
    done = true;
    for (int counter = 0; counter < CGROUP_COUNTERS; counter++) open_counter(counter);
}

/* The text after a key at the start of a line, or NULL. */
static const char *find_line(const char *text, const char *key) {
    size_t length = strlen(key);
    for (; text; text = strchr(text, '\n')) {
        if (*text == '\n') text++;
        if (strncmp(text, key, length) == 0) return text + length;
    }
    return NULL;
}

bool cgroup_read(enum cgroup_counter counter, uint64_t *value) {
    char text[FILE_MAX];
    if (opened[counter].fd < 0) return false;
    ssize_t length = pread(opened[counter].fd, text, sizeof text - 1, 0);
    if (length <= 0) return false;
    text[length] = '\0';
    const char *number = find_line(text, opened[counter].source->key);
    if (!number) return false;
    *value = strtoull(number, NULL, 10) * opened[counter].source->unit;
    return true;
}

bool cgroup_charges_internet(void) {
    return opened[CGROUP_MEMORY].fd >= 0 && opened[CGROUP_MEMORY].source == &sources[CGROUP_MEMORY][0];
}
