#include "stdin.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "fail.h"
#include "fields.h"
#include "frame.h"
#include "output.h"

enum { WINDOW = 64 * 1024 };

static char buffer[WINDOW];

static struct {
    int fd;
    size_t start; /* of the bytes in the buffer */
    size_t end;
    bool ended;         /* whether end-of-file follows the bytes in the buffer */
    size_t outstanding; /* bytes received and not acknowledged */
    size_t done;        /* of these, passed on or dropped */
} state = {.fd = -1};

void stdin_open(int fd) {
    memset(&state, 0, sizeof state);
    state.fd = fd;
}

void stdin_close(void) {
    if (state.fd >= 0) close(state.fd);
    state.fd = -1;
    state.done += state.end - state.start;
    state.start = state.end = 0;
}

void stdin_announce(size_t length) {
    state.outstanding += length;
    if (state.outstanding > WINDOW) fail("protocol", "more stdin than the window");
}

/* Writes as much as the pipe takes and returns the number of bytes. Closes the pipe if the program does not read any more. */
static size_t pass_on(const char *bytes, size_t length) {
    ssize_t written = write(state.fd, bytes, length);
    if (written < 0 && errno == EPIPE) stdin_close();
    else if (written < 0 && errno != EAGAIN && errno != EINTR) fail_call("write to the program");
    if (written <= 0) return 0;
    state.done += (size_t)written;
    return (size_t)written;
}

static void hold(const char *bytes, size_t length) {
    if (state.end + length > WINDOW) {
        memmove(buffer, buffer + state.start, state.end - state.start);
        state.end -= state.start;
        state.start = 0;
    }
    memcpy(buffer + state.end, bytes, length);
    state.end += length;
}

void stdin_push(const char *bytes, size_t length) {
    size_t passed = 0;
    if (state.fd >= 0 && !state.ended && state.start == state.end) passed = pass_on(bytes, length);
    if (state.fd < 0 || state.ended) state.done += length - passed;
    else hold(bytes + passed, length - passed);
}

static void end_if_empty(void) {
    if (state.ended && state.start == state.end) stdin_close();
}

void stdin_end(void) {
    state.ended = true;
    end_if_empty();
}

int stdin_waits_for(void) {
    return state.start < state.end ? state.fd : -1;
}

void stdin_pump(void) {
    state.start += pass_on(buffer + state.start, state.end - state.start);
    if (state.start >= state.end) state.start = state.end = 0;
    end_if_empty();
}

size_t stdin_unacknowledged(void) {
    return state.done;
}

void stdin_acknowledge(void) {
    struct fields_out fields;
    if (state.done == 0 || out_room() == 0) return;
    fields.length = 0;
    fields_put_number(&fields, "bytes", state.done);
    out_frame(OUT_STDIN_ACK, fields.text, fields.length);
    state.outstanding -= state.done;
    state.done = 0;
}
