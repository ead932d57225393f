#include "program.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "fail.h"
#include "spawn.h"

enum { OUTPUT_PIPE_BYTES = 1024 * 1024, DEFAULT_PIPE_BYTES = 64 * 1024 };

enum { READ_END, WRITE_END };

static int null_device = -1;

/* Creates a pipe. Our end never blocks, because the program can open its pipes again through /proc and fill or empty them. */
static void open_pipe(int ends[2], int ours) {
    if (pipe2(ends, O_CLOEXEC) < 0) fail_call("pipe2");
    if (fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0) fail_call("fcntl");
}

/*
 * If a program writes and exits at once, only what the pipe can hold is kept. So the pipe is as large as an unprivileged user may make it. The pages
 * are allocated as they are written and charged to the cgroup. The kernel refuses when the uid has too many pipe pages already
 * (fs.pipe-user-pages-soft) or the size is over fs.pipe-max-size. Then the pipe keeps the largest size that was granted.
 */
static void enlarge(int pipe) {
    for (int bytes = OUTPUT_PIPE_BYTES; bytes > DEFAULT_PIPE_BYTES; bytes /= 2) {
        if (fcntl(pipe, F_SETPIPE_SZ, bytes) >= 0) return;
    }
}

/* Returns the program's end. */
static int open_output(int *ours) {
    int ends[2];
    open_pipe(ends, READ_END);
    enlarge(ends[READ_END]);
    *ours = ends[READ_END];
    return ends[WRITE_END];
}

/* Returns the program's end. */
static int open_input(int *ours, bool wanted) {
    int ends[2] = {-1, -1};
    if (null_device < 0) null_device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_device < 0) fail_call("open /dev/null");
    if (wanted) open_pipe(ends, WRITE_END);
    *ours = ends[WRITE_END];
    return wanted ? ends[READ_END] : null_device;
}

void program_close(const struct program *program) {
    if (program->input >= 0) close(program->input);
    close(program->output[0]);
    close(program->output[1]);
}

void program_open(struct program *program, int theirs[3], bool has_input) {
    theirs[0] = open_input(&program->input, has_input);
    theirs[1] = open_output(&program->output[0]);
    theirs[2] = open_output(&program->output[1]);
}

bool program_start(const struct command *command, struct program *program) {
    struct spawn_request request = {command->arguments, command->environment, command->directory, command->file_bytes, {0}};
    program_open(program, request.descriptors, command->has_stdin);
    program->main = spawn(&request);
    for (int i = 0; i < 3; i++) {
        if (request.descriptors[i] != null_device) close(request.descriptors[i]);
    }
    if (program->main < 0) program_close(program);
    return program->main >= 0;
}
