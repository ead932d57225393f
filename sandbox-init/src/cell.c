#include "cell.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ahead.h"
#include "capabilities.h"
#include "cell-filter.h"
#include "cell-ledger.h"
#include "cell-namespaces.h"
#include "fail.h"
#include "fields.h"
#include "filter.h"
#include "input.h"
#include "output.h"
#include "protections.h"
#include "residue.h"

enum { DISK_BYTES, PIDS, OPEN_FILES, LIMIT_FIELDS };

/* sandbox-init itself has a descriptor open for each level of a tree. */
enum { LEAST_DISK_BYTES = 4096, LEAST_OPEN_FILES = 128, OWN_PROCESS = 1, LAST_WORDS_MS = 1000 };

static const struct field_spec specs[LIMIT_FIELDS] = {
    [DISK_BYTES] = {"disk_bytes", false},
    [PIDS] = {"pids", false},
    [OPEN_FILES] = {"open_files", false},
};

static const struct cell_gift *gift; /* NULL: this is no cell */
static bool sealed;

/* ---- the beginning */

/* They are to stay open, which the analyzer takes for a leak. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-fd-leak"
static void copy(int from, int to) {
    if (dup2(from, to) < 0) fail_call("dup2");
}
#pragma GCC diagnostic pop

/* A cell that waits must not speak in place of the one that runs. */
static void hold_nothing(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) fail_call("open /dev/null");
    copy(null, STDIN_FILENO);
    copy(null, STDOUT_FILENO);
    close(null);
}

/* The kernel shows the files of a process that is not dumpable as root's, so it could not write its own id maps. */
static void become_writable(void) {
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0) fail_call("prctl dumpable");
}

void cell_set_up(const struct cell_gift *given) {
    gift = given;
    cell_ledger_begin();
    hold_nothing();
    become_writable();
    cell_map_identity(&gift->identity);
    cell_ledger_enter();
    cell_mount_own(&gift->disk);
    cell_ledger_enter();
    cell_open_network(&gift->identity);
    cell_forbid_namespaces();
    cell_ledger_enter();
    if (PROTECTS(CELL_MASKS)) cell_mask_proc();
    if (chdir("/workspace") < 0) fail_call("chdir /workspace");
    ahead_adopt();
}

static void take(int pipe, int descriptor) {
    copy(pipe, descriptor);
    close(pipe);
}

void cell_await_turn(void) {
    char turn;
    ssize_t length;
    if (!gift) return;
    cell_ledger_enter();
    while ((length = read(gift->turn, &turn, 1)) < 0 && errno == EINTR) continue;
    if (length < 0) fail_call("read");
    if (length == 0) leave(1);
    close(gift->turn);
    residue_touch_devices();
    take(gift->in, STDIN_FILENO);
    take(gift->out, STDOUT_FILENO);
}

void cell_check_end(void) {
    if (!gift) return;
    if (PROTECTS(CELL_CLEAN_PIPE) && !in_is_empty()) fail("protocol", "bytes after exit");
    out_flush_within(LAST_WORDS_MS);
    if (out_pending() == 0) return;
    note("the service does not take the last frames");
    leave(1);
}

/* ---- limits */

/* Programs inherit it and cannot raise it again. */
static void limit_resource(int resource, uint64_t most) {
    const struct rlimit limit = {.rlim_cur = (rlim_t)most, .rlim_max = (rlim_t)most};
    if (setrlimit(resource, &limit) < 0) fail_call("setrlimit");
    ahead_limit(resource, &limit);
}

static void set_limit(int key, const char *value) {
    switch (key) {
    case DISK_BYTES: cell_resize_disk(field_number(value, LEAST_DISK_BYTES)); break;
    /* The user namespace is new, so nobody else's processes are counted. */
    case PIDS: limit_resource(RLIMIT_NPROC, field_number(value, 1) + OWN_PROCESS); break;
    case OPEN_FILES: limit_resource(RLIMIT_NOFILE, field_number(value, LEAST_OPEN_FILES)); break;
    default: break;
    }
}

void cell_limit(char *payload, size_t length) {
    struct fields fields = fields_open(payload, length, specs, LIMIT_FIELDS);
    char *value;
    if (!gift) fail("protocol", "limits outside a cell");
    if (sealed) fail("protocol", "limits after another command");
    ahead_await_limits();
    for (int key; (key = fields_next(&fields, &value)) >= 0;) set_limit(key, value);
}

/* ---- the seal */

static void give_up_all(void) {
    if (gift) capabilities_drop();
    if (gift) cell_filter_install();
    filter_install();
}

void cell_seal(void) {
    if (sealed) return;
    sealed = true;
    give_up_all();
}

void cell_seal_child(void) {
    if (!sealed) give_up_all();
}

bool cell_is_sealed(void) {
    return sealed;
}
