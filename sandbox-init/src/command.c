#include "command.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "fail.h"
#include "fields.h"
#include "frame.h"

enum {
    SHORTEST_FIELD = 5, /* `arg=` and its NUL */
    POINTERS_NEEDED = FRAME_IN_MAX / SHORTEST_FIELD + 2,
    PAGE = 4096,
    POINTERS_A_PAGE = PAGE / sizeof(char *),
    POINTERS = (POINTERS_NEEDED + POINTERS_A_PAGE - 1) / POINTERS_A_PAGE * POINTERS_A_PAGE,
    DEFAULT_OUTPUT_BYTES = 1024 * 1024,
    KILL_FACTOR = 16,
};

enum { ARG, ENV, CWD, STDIN, WALL_MS, CPU_MS, OUTPUT_BYTES, OUTPUT_KILL_BYTES, FILE_BYTES, START, COUNT, MAIN_FILE = STDIN + 1, AHEAD_COUNT };

static const struct field_spec specs[COUNT] = {
    [ARG] = {"arg", true},
    [ENV] = {"env", true},
    [CWD] = {"cwd", false},
    [STDIN] = {"stdin", false},
    [WALL_MS] = {"wall_ms", false},
    [CPU_MS] = {"cpu_ms", false},
    [OUTPUT_BYTES] = {"output_bytes", false},
    [OUTPUT_KILL_BYTES] = {"output_kill_bytes", false},
    [FILE_BYTES] = {"file_bytes", false},
    [START] = {"start", false},
};

static const struct field_spec ahead_specs[AHEAD_COUNT] = {
    [ARG] = {"arg", true},
    [ENV] = {"env", true},
    [CWD] = {"cwd", false},
    [STDIN] = {"stdin", false},
    [MAIN_FILE] = {"main_file", false},
};

/* The arguments, NULL, the environment, NULL. Page-aligned, so that its pages can be returned to the kernel. */
static _Alignas(4096) char *pointers[POINTERS];
static size_t pointer_count;

/* Appends the values of one key, in order, and NULL. */
static char **gather(struct fields fields, int wanted) {
    char **first = pointers + pointer_count;
    char *value;
    for (int key; (key = fields_next(&fields, &value)) >= 0;) {
        if (key == wanted) pointers[pointer_count++] = value;
    }
    pointers[pointer_count++] = NULL;
    return first;
}

static void check_environment(char **environment) {
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!equals || equals == *environment) fail("protocol", "exec: env is not NAME=value");
    }
}

static bool parse_stdin(const char *value) {
    if (strcmp(value, "pipe") == 0) return true;
    if (strcmp(value, "null") == 0) return false;
    fail("protocol", "exec: stdin is neither null nor pipe");
}

static bool parse_start(const char *value) {
    if (strcmp(value, "own") == 0) return true;
    if (strcmp(value, "any") == 0) return false;
    fail("protocol", "exec: start is neither any nor own");
}

static uint64_t parse_time(const char *value) {
    uint64_t milliseconds = field_number(value, 1);
    return milliseconds > COMMAND_NO_LIMIT / NS_PER_MS / 2 ? COMMAND_NO_LIMIT / 2 : milliseconds * NS_PER_MS;
}

static void set_field(struct command *command, int key, const char *value) {
    switch (key) {
    case CWD: command->directory = value; break;
    case STDIN: command->has_stdin = parse_stdin(value); break;
    case WALL_MS: command->wall_ns = parse_time(value); break;
    case CPU_MS: command->cpu_ns = parse_time(value); break;
    case OUTPUT_BYTES: command->output_bytes = field_number(value, 0); break;
    case OUTPUT_KILL_BYTES: command->output_kill_bytes = field_number(value, 0); break;
    case FILE_BYTES: command->file_bytes = field_number(value, 0); break;
    case START: command->needs_own_start = parse_start(value); break;
    default: break;
    }
}

static void set_default_kill_bytes(struct command *command) {
    bool given = command->output_kill_bytes != COMMAND_NO_LIMIT;
    if (given || command->output_bytes > COMMAND_NO_LIMIT / KILL_FACTOR) return;
    command->output_kill_bytes = command->output_bytes * KILL_FACTOR;
}

static void check(const struct command *command) {
    if (!command->arguments[0]) fail("protocol", "exec: arg is missing");
    check_environment(command->environment);
}

/* What both frames have. */
static struct command parse_shared(struct fields fields) {
    struct command command = {
        .directory = "/workspace",
        .cpu_ns = COMMAND_NO_LIMIT,
        .output_bytes = DEFAULT_OUTPUT_BYTES,
        .output_kill_bytes = COMMAND_NO_LIMIT,
        .file_bytes = COMMAND_NO_LIMIT,
    };
    pointer_count = 0;
    command.arguments = gather(fields, ARG);
    command.environment = gather(fields, ENV);
    check(&command);
    return command;
}

struct command command_parse(char *payload, size_t length) {
    struct fields fields = fields_open(payload, length, specs, COUNT);
    struct command command = parse_shared(fields);
    char *value;
    for (int key; (key = fields_next(&fields, &value)) >= 0;) set_field(&command, key, value);
    set_default_kill_bytes(&command);
    if (command.wall_ns == 0) fail("protocol", "exec: wall_ms is missing");
    return command;
}

/* A plain name, so that it is directly in /workspace. */
static const char *parse_main_file(const char *value) {
    bool is_name = value && *value && strlen(value) <= NAME_MAX && !strchr(value, '/') && strcmp(value, ".") != 0 && strcmp(value, "..") != 0;
    if (!is_name) fail("protocol", "ahead: main_file is not a name");
    return value;
}

struct command command_parse_ahead(char *payload, size_t length) {
    struct fields fields = fields_open(payload, length, ahead_specs, AHEAD_COUNT);
    struct command command = parse_shared(fields);
    char *value;
    for (int key; (key = fields_next(&fields, &value)) >= 0;) {
        if (key == MAIN_FILE) command.main_file = value;
        else set_field(&command, key, value);
    }
    command.main_file = parse_main_file(command.main_file);
    return command;
}

void command_release(void) {
    size_t bytes = pointer_count * sizeof pointers[0];
    if (bytes <= PAGE) return;
    if (madvise(pointers, sizeof pointers, MADV_DONTNEED) < 0) fail_call("madvise");
}
