#include "cell-mounts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "mounts.h"

#define NO_PRIVILEGES (MS_NOSUID | MS_NODEV)
#define NOTHING_RUNS (NO_PRIVILEGES | MS_NOEXEC)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct disk {
    const char *path;
    const char *mode;
    unsigned long flags;
} disks[] = {{"/workspace", "0755", NO_PRIVILEGES}, {"/tmp", "1777", NO_PRIVILEGES}, {"/dev/shm", "1777", NOTHING_RUNS}};

static const struct mount_point others[] = {
    {"/dev/mqueue", "mqueue", NOTHING_RUNS, NULL},
    {"/proc", "proc", NOTHING_RUNS, NULL},
};

/* The engine's own lists, of files, of directories, and of what may be read. */
static const char *const hidden_files[] = {"/proc/kcore",       "/proc/keys",        "/proc/key-users",    "/proc/latency_stats",
                                           "/proc/timer_list",  "/proc/timer_stats", "/proc/sched_debug"};
static const char *const hidden_directories[] = {"/proc/acpi", "/proc/asound", "/proc/scsi"};
static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

static void mount_disk(const struct disk *disk, const struct cell_disk *size) {
    char options[96];
    snprintf(options, sizeof options, "size=%" PRIu64 ",nr_inodes=%" PRIu64 ",mode=%s", size->bytes, size->inodes, disk->mode);
    const struct mount_point point = {disk->path, "tmpfs", disk->flags, options};
    mount_fresh(&point);
}

void cell_mount_own(const struct cell_disk *disk) {
    for (size_t i = 0; i < COUNT(disks); i++) mount_disk(&disks[i], disk);
    for (size_t i = 0; i < COUNT(others); i++) mount_fresh(&others[i]);
}

static void hide_directory(const char *path) {
    const struct mount_point nothing = {path, "tmpfs", NOTHING_RUNS | MS_RDONLY, "size=0,nr_inodes=1"};
    if (access(path, F_OK) == 0) mount_fresh(&nothing);
}

static void protect(const char *path) {
    if (access(path, F_OK) < 0) return;
    mount_again(path, path);
    mount_read_only(path, NOTHING_RUNS);
}

void cell_mask_proc(void) {
    for (size_t i = 0; i < COUNT(hidden_files); i++) {
        if (access(hidden_files[i], F_OK) == 0) mount_again("/dev/null", hidden_files[i]);
    }
    for (size_t i = 0; i < COUNT(hidden_directories); i++) hide_directory(hidden_directories[i]);
    for (size_t i = 0; i < COUNT(read_only); i++) protect(read_only[i]);
}

void cell_resize_disk(uint64_t bytes) {
    char options[48];
    snprintf(options, sizeof options, "size=%" PRIu64, bytes);
    for (size_t i = 0; i < COUNT(disks); i++) {
        const struct mount_point point = {disks[i].path, "tmpfs", disks[i].flags | MS_REMOUNT, options};
        mount_fresh(&point);
    }
}
