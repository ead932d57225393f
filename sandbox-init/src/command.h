/* The request of an `exec` frame. */
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
};

/* Parses the fields; the command points into the payload. Any mistake is `error protocol`. */
struct command command_parse(char *payload, size_t length);

/* Frees the memory of a long argument list. The command must not be used any more. */
void command_release(void);

#endif
