#include "capture.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "fail.h"
#include "output.h"

enum { DROPPED_AT_ONCE = 64 * 1024 };

static bool is_dropping(const struct capture *capture) {
    return capture->seen >= capture->pass_on;
}

bool capture_is_ready(const struct capture *capture) {
    return capture->fd >= 0 && (is_dropping(capture) || out_room() > 0);
}

void capture_close(struct capture *capture) {
    if (capture->fd < 0) return;
    close(capture->fd);
    capture->fd = -1;
}

/* Interprets the result of a read. */
static bool take(struct capture *capture, ssize_t bytes) {
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (bytes < 0) fail_call("read from the program");
    if (bytes == 0) capture_close(capture);
    capture->seen += (uint64_t)bytes;
    return bytes > 0;
}

static bool drop(struct capture *capture) {
    static char dropped[DROPPED_AT_ONCE];
    return take(capture, read(capture->fd, dropped, sizeof dropped));
}

static bool pass_on(struct capture *capture) {
    uint64_t left = capture->pass_on - capture->seen;
    size_t room = out_room();
    ssize_t bytes = read(capture->fd, out_space(), left < room ? (size_t)left : room);
    if (bytes > 0) out_commit(capture->type, (size_t)bytes);
    return take(capture, bytes);
}

bool capture_read(struct capture *capture) {
    if (!capture_is_ready(capture)) return false;
    return is_dropping(capture) ? drop(capture) : pass_on(capture);
}
