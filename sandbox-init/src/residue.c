#include "residue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "directory.h"
#include "fail.h"

enum { TEXT_MAX = 64 * 1024, LINE_MAX_BYTES = 512 };

#define COLLECTION_TIMEOUT (200 * NS_PER_MS)

/*
 * Every packet, connection and failed attempt is counted in one of these files, also on loopback. A connection also keeps its ports
 * in the kernel for a minute. Without capabilities neither can be cleared.
 */
static const char *const counters[] = {"/proc/net/dev", "/proc/net/snmp", "/proc/net/snmp6", "/proc/net/netstat"};

struct text {
    size_t length;
    char bytes[TEXT_MAX];
};

static struct text marked;
static struct text current;

/* Appends the current content of a file. A missing file counts as empty. */
static void append(struct text *text, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return;
    if (fd < 0) fail("reset_failed", "open %s: %s", path, strerror(errno));
    for (ssize_t bytes = 1; bytes > 0; text->length += (size_t)bytes) {
        if (text->length == sizeof text->bytes) fail("reset_failed", "%s is too long", path);
        bytes = read(fd, text->bytes + text->length, sizeof text->bytes - text->length);
        if (bytes < 0) fail("reset_failed", "read %s: %s", path, strerror(errno));
    }
    close(fd);
}

static void read_counters(struct text *text) {
    text->length = 0;
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) append(text, counters[i]);
}

void residue_mark(void) {
    read_counters(&marked);
}

/* Whether the table of local sockets has any entries. */
static bool has_local_sockets(void) {
    char lines[LINE_MAX_BYTES];
    int fd = open("/proc/net/unix", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t length = read(fd, lines, sizeof lines);
    close(fd);
    const char *end = length > 0 ? memchr(lines, '\n', (size_t)length) : NULL;
    return end && end + 1 < lines + length;
}

/* Sockets that were sent through each other have no owner. The kernel collects them soon after the last process has ended. */
static void wait_for_local_sockets(void) {
    const struct timespec pause = {.tv_nsec = NS_PER_MS};
    uint64_t deadline = clock_now() + COLLECTION_TIMEOUT;
    while (has_local_sockets()) {
        if (clock_now() >= deadline) fail("reset_failed", "local sockets are left");
        nanosleep(&pause, NULL);
    }
}

void residue_check_network(void) {
    read_counters(&current);
    bool same = current.length == marked.length && memcmp(current.bytes, marked.bytes, marked.length) == 0;
    if (!same) fail("reset_failed", "the network was used, and remembers it");
    wait_for_local_sockets();
}

/* Skips what a program cannot change either: ptmx is a link, which is broken if there are no pseudo-terminals. */
static void touch(int dir, const char *name) {
    if (utimensat(dir, name, NULL, 0) == 0) return;
    bool is_out_of_reach = errno == EACCES || errno == EPERM || errno == EROFS || errno == ENOENT;
    if (!is_out_of_reach) fail("reset_failed", "touch %s: %s", name, strerror(errno));
}

void residue_touch_devices(void) {
    static struct listing listing;
    int dir = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) fail("reset_failed", "open /dev: %s", strerror(errno));
    listing_begin(&listing, dir);
    for (const struct listed *entry; (entry = listing_next(&listing));) {
        bool is_link_to_device = strcmp(entry->name, "ptmx") == 0;
        bool is_device = entry->type == DT_CHR || entry->type == DT_REG; /* in a cell devices are bound to files */
        if (is_device || is_link_to_device) touch(dir, entry->name);
    }
    close(dir);
}
