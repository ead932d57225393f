/* The request of an `exec` or `ahead` frame. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_NO_LIMIT UINT64_MAX

struct command {
    char **arguments;
    char **environment;
    const char *directory;
    bool has_stdin;
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t output_bytes;
    uint64_t output_kill_bytes;
    uint64_t file_bytes;
    bool needs_own_start; /* must not continue an interpreter that was started ahead */
    const char *main_file; /* only of `ahead`: where the interpreter waits, in /workspace */
};

/* Parses the fields; the command points into the payload. Any mistake is `error protocol`. */
struct command command_parse(char *payload, size_t length);

/* The same for an `ahead` frame, which has fewer fields. */
struct command command_parse_ahead(char *payload, size_t length);

/* Frees the memory of a long argument list. The command must not be used any more. */
void command_release(void);

#endif
