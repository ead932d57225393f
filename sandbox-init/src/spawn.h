/* Starts the program. */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#define SPAWN_NO_FILE_LIMIT UINT64_MAX

struct spawn_request {
    char **arguments;
    char **environment;
    const char *directory;
    uint64_t file_bytes;
    int descriptors[3]; /* become 0, 1 and 2 */
};

/* Returns when the program's image is executing; -1 if it cannot be executed. */
pid_t spawn(const struct spawn_request *request);

/* Ends the session with `exec_failed` and the reason. */
_Noreturn void spawn_fail(void);

#endif
