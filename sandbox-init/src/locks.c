#include "locks.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { MOST_LOCKS = 20 * 1000, TEXT_MAX = 16 * 1024, KIB = 1024 };

#define BETWEEN_LOOKS (20 * NS_PER_MS)

/*
 * Listing the locks takes 10 ms, because the kernel first stops everything that takes a lock. So the list is read only after the kernel
 * memory of the whole machine, which is cheap to read, has grown by the size of 80,000 locks. The list shows only the locks
 * of this sandbox, so no program is charged for its neighbours.
 */
#define SUSPICIOUS_GROWTH (UINT64_C(16) << 20)

static int list = -1;
static int machine = -1;
static uint64_t least_bytes; /* smallest kernel memory since the list was last read */
static uint64_t looked_ns;
static char text[TEXT_MAX];

void locks_open(void) {
    list = open("/proc/locks", O_RDONLY | O_CLOEXEC);
    machine = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
}

/* Kernel memory of the machine that cannot be reclaimed; 0 if it is not known. */
static uint64_t kernel_bytes(void) {
    static const char key[] = "SUnreclaim:";
    ssize_t length = machine < 0 ? -1 : pread(machine, text, sizeof text - 1, 0);
    if (length <= 0) return 0;
    text[length] = '\0';
    const char *line = strstr(text, key);
    return line ? strtoull(line + sizeof key - 1, NULL, 10) * KIB : 0;
}

void locks_begin(void) {
    least_bytes = kernel_bytes();
    looked_ns = clock_now();
}

static size_t count_lines(size_t length) {
    size_t lines = 0;
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
    return lines;
}

/* Each line is a lock that is held or waited for. Stops counting at the limit. */
static bool list_is_too_long(void) {
    size_t locks = 0;
    if (list < 0 || lseek(list, 0, SEEK_SET) < 0) return false;
    for (ssize_t length; locks <= MOST_LOCKS && (length = read(list, text, sizeof text)) > 0;) locks += count_lines((size_t)length);
    return locks > MOST_LOCKS;
}

bool locks_are_too_many(void) {
    uint64_t now = clock_now();
    if (now - looked_ns < BETWEEN_LOOKS) return false;
    looked_ns = now;
    uint64_t bytes = kernel_bytes();
    if (bytes < least_bytes) least_bytes = bytes;
    if (bytes - least_bytes < SUSPICIOUS_GROWTH) return false;
    least_bytes = bytes;
    return list_is_too_long();
}
