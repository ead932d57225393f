#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "fields.h"
#include "frame.h"
#include "glob.h"
#include "output.h"
#include "path.h"
#include "roots.h"
#include "tar.h"
#include "walk.h"

enum { PATHS_MAX = 256, DEFAULT_FILES = 1000, STEPS_A_TURN = 512 };

enum stage { IDLE, LITERALS, WALKING, TRAILER };

static char request[FRAME_IN_MAX];

static struct {
    enum stage stage;
    int root;
    char *paths[PATHS_MAX];
    int path_count;
    int next_literal;
    uint64_t bytes_left;
    uint64_t files_left;
    bool said_too_many;
    int fd;           /* the file being sent, or -1 */
    uint64_t content; /* left of it */
    size_t padding;
} job = {.fd = -1};

/* ---- the request */

static int parse_root(const char *value) {
    if (strcmp(value, root_at(ROOT_WORKSPACE)->path) == 0) return root_workspace();
    if (strcmp(value, root_at(ROOT_TMP)->path) == 0) return root_at(ROOT_TMP)->fd;
    fail("protocol", "collect: an unknown root");
}

static void add_path(char *value) {
    if (job.path_count == PATHS_MAX) fail("protocol", "collect: too many paths");
    if (value[0] == '.' && value[1] == '/') value += 2;
    job.paths[job.path_count++] = value;
}

static void parse_fields(size_t length) {
    enum { ROOT, PATH, MAX_BYTES, MAX_FILES, COUNT };
    static const struct field_spec specs[COUNT] = {{"root", false}, {"path", true}, {"max_bytes", false}, {"max_files", false}};
    struct fields fields = fields_open(request, length, specs, COUNT);
    bool bounded = false;
    char *value;
    for (int key; (key = fields_next(&fields, &value)) >= 0;) {
        if (key == ROOT) job.root = parse_root(value);
        if (key == PATH) add_path(value);
        if (key == MAX_BYTES) job.bytes_left = field_number(value, 0), bounded = true;
        if (key == MAX_FILES) job.files_left = field_number(value, 0);
    }
    if (!bounded) fail("protocol", "collect: max_bytes is missing");
}

void collect_prepare(const char *payload, size_t length) {
    memcpy(request, payload, length);
    job.stage = LITERALS;
    job.root = root_workspace();
    job.path_count = job.next_literal = 0;
    job.files_left = DEFAULT_FILES;
    job.said_too_many = false;
    parse_fields(length);
}

bool collect_is_pending(void) {
    return job.stage != IDLE;
}

/* ---- the answer */

static void send_omitted(const char *path, const char *reason) {
    struct fields_out fields;
    fields.length = 0;
    fields_put(&fields, "path", path);
    fields_put(&fields, "reason", reason);
    out_frame(OUT_OMITTED, fields.text, fields.length);
}

static void send_too_many(const char *path) {
    if (!job.said_too_many) send_omitted(path, "too_many");
    job.said_too_many = true;
}

static void send_header(char type, const char *name, const struct stat *status, uint64_t size) {
    unsigned char block[TAR_BLOCK];
    tar_build(block, type, name, status->st_mode, size, status->st_mtime);
    out_frame(OUT_FILES, block, sizeof block);
}

static void send_zeros(size_t length) {
    static const char zeros[2 * TAR_BLOCK];
    if (length > 0) out_frame(OUT_FILES, zeros, length);
}

static void send_long_name(const char *name, const struct stat *status) {
    size_t length = strlen(name) + 1;
    send_header(TAR_LONG_NAME, "././@LongLink", status, length);
    out_frame(OUT_FILES, name, length);
    send_zeros(tar_padding(length));
}

static void begin_file(int fd, const char *path, const struct stat *status) {
    uint64_t size = (uint64_t)status->st_size;
    if (strlen(path) > TAR_NAME) send_long_name(path, status);
    send_header(TAR_REGULAR, path, status, size);
    job.fd = fd;
    job.content = size;
    job.padding = tar_padding(size);
    job.bytes_left -= size;
    job.files_left--;
}

static void end_file(void) {
    send_zeros(job.padding);
    close(job.fd);
    job.fd = -1;
}

/* Sends up to one frame of content. If the file has become shorter, fills the rest with zeros, so that the stream stays well-formed. */
static void send_content(void) {
    size_t room = out_room();
    size_t wanted = job.content < room ? (size_t)job.content : room;
    if (wanted > 0) {
        ssize_t bytes = read(job.fd, out_space(), wanted);
        if (bytes < 0) note("collect: read: %s", strerror(errno));
        if (bytes <= 0) bytes = (ssize_t)wanted, memset(out_space(), 0, wanted);
        out_commit(OUT_FILES, (size_t)bytes);
        job.content -= (uint64_t)bytes;
    }
    if (job.content == 0) end_file();
}

/* The reason to report for a file that cannot be opened. */
static const char *reason_of_failure(int dir, const char *name) {
    struct stat status;
    int why = errno;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? "not_found" : "unreadable";
    if (!S_ISREG(status.st_mode)) return "not_regular";
    return why == ENOENT ? "not_found" : "unreadable";
}

/* Sends the file, or reports why it cannot. */
static void offer(int dir, const char *name, const char *path) {
    struct stat status;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        send_omitted(path, reason_of_failure(dir, name));
        return;
    }
    if (fstat(fd, &status) < 0) fail_call("fstat");
    if (S_ISREG(status.st_mode) && job.files_left > 0 && (uint64_t)status.st_size <= job.bytes_left) {
        begin_file(fd, path, &status);
        return;
    }
    close(fd);
    if (!S_ISREG(status.st_mode)) send_omitted(path, "not_regular");
    else if (job.files_left > 0) send_omitted(path, "too_large");
    else send_too_many(path), job.stage = TRAILER;
}

/* ---- files named literally */

static const char *reason_of_missing_parent(void) {
    switch (errno) {
    case ELOOP: return "not_regular";
    case EACCES: return "unreadable";
    default: return "not_found";
    }
}

static void offer_literal(const char *path) {
    const char *name;
    int dir = path_is_plain(path) ? path_open_parent(job.root, path, false, &name) : (errno = ENOENT, -1);
    if (dir < 0) {
        send_omitted(path, reason_of_missing_parent());
        return;
    }
    offer(dir, name, path);
    path_close(dir, job.root);
}

/* Whether one of the first literal paths is this one. */
static bool is_literal_before(const char *path, int count) {
    for (int i = 0; i < count; i++) {
        if (glob_is_literal(job.paths[i]) && strcmp(job.paths[i], path) == 0) return true;
    }
    return false;
}

static bool has_globs(void) {
    for (int i = 0; i < job.path_count; i++) {
        if (!glob_is_literal(job.paths[i])) return true;
    }
    return false;
}

static void begin_walk(void) {
    job.stage = has_globs() ? WALKING : TRAILER;
    if (job.stage == WALKING) walk_begin(job.root);
}

static void step_literals(void) {
    if (job.next_literal == job.path_count) {
        begin_walk();
        return;
    }
    int i = job.next_literal++;
    if (glob_is_literal(job.paths[i]) && !is_literal_before(job.paths[i], i)) offer_literal(job.paths[i]);
}

/* ---- files matched by globs */

static bool any_glob(bool (*test)(const char *, const char *), const char *path) {
    for (int i = 0; i < job.path_count; i++) {
        if (!glob_is_literal(job.paths[i]) && test(job.paths[i], path)) return true;
    }
    return false;
}

static void enter(const struct walk_entry *entry) {
    if (!any_glob(glob_reaches, entry->path)) return;
    if (walk_enter()) return;
    if (errno == ELOOP) send_too_many(entry->path);
    else send_omitted(entry->path, "unreadable");
}

static void step_walk(void) {
    struct walk_entry entry;
    switch (walk_next(&entry)) {
    case WALK_DIRECTORY: enter(&entry); break;
    case WALK_FILE:
        if (!any_glob(glob_matches, entry.path) || is_literal_before(entry.path, job.path_count)) break;
        offer(entry.dir, entry.name, entry.path);
        break;
    case WALK_OTHER: break;
    case WALK_TOO_MANY: send_too_many(entry.path); job.stage = TRAILER; break;
    case WALK_END: job.stage = TRAILER; break;
    }
}

/* ---- the whole */

static void end_answer(void) {
    walk_end();
    send_zeros(2 * TAR_BLOCK);
    out_frame(OUT_FILES, NULL, 0);
    job.stage = IDLE;
}

static void step(void) {
    if (job.fd >= 0) send_content();
    else if (job.stage == LITERALS) step_literals();
    else if (job.stage == WALKING) step_walk();
    else end_answer();
}

/* A step sends at most one frame of content, or the names of one entry. */
void collect_advance(void) {
    for (int i = 0; i < STEPS_A_TURN && job.stage != IDLE && out_room() == FRAME_OUT_MAX; i++) step();
}
