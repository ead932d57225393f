#include "feed.h"

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
    size_t start; /* of what is held in the buffer */
    size_t end;
    bool ended;         /* end-of-file follows what is held */
    size_t outstanding; /* bytes sent to us and not acknowledged */
    size_t done;        /* of these, passed on or dropped */
} feed = {.fd = -1};

void feed_open(int fd) {
    memset(&feed, 0, sizeof feed);
    feed.fd = fd;
}

void feed_close(void) {
    if (feed.fd >= 0) close(feed.fd);
    feed.fd = -1;
    feed.done += feed.end - feed.start;
    feed.start = feed.end = 0;
}

void feed_announce(size_t length) {
    feed.outstanding += length;
    if (feed.outstanding > WINDOW) fail("protocol", "more stdin than the window");
}

/* Writes what the pipe takes; how much that was. Closes it when the program does not read any more. */
static size_t pass_on(const char *bytes, size_t length) {
    ssize_t written = write(feed.fd, bytes, length);
    if (written < 0 && errno == EPIPE) feed_close();
    else if (written < 0 && errno != EAGAIN && errno != EINTR) fail_call("write to the program");
    if (written <= 0) return 0;
    feed.done += (size_t)written;
    return (size_t)written;
}

static void hold(const char *bytes, size_t length) {
    if (feed.end + length > WINDOW) {
        memmove(buffer, buffer + feed.start, feed.end - feed.start);
        feed.end -= feed.start;
        feed.start = 0;
    }
    memcpy(buffer + feed.end, bytes, length);
    feed.end += length;
}

void feed_push(const char *bytes, size_t length) {
    size_t passed = 0;
    if (feed.fd >= 0 && !feed.ended && feed.start == feed.end) passed = pass_on(bytes, length);
    if (feed.fd < 0 || feed.ended) feed.done += length - passed;
    else hold(bytes + passed, length - passed);
}

static void end_if_empty(void) {
    if (feed.ended && feed.start == feed.end) feed_close();
}

void feed_end(void) {
    feed.ended = true;
    end_if_empty();
}

int feed_waits_for(void) {
    return feed.start < feed.end ? feed.fd : -1;
}

void feed_pump(void) {
    feed.start += pass_on(buffer + feed.start, feed.end - feed.start);
    if (feed.start >= feed.end) feed.start = feed.end = 0;
    end_if_empty();
}

size_t feed_unacknowledged(void) {
    return feed.done;
}

void feed_acknowledge(void) {
    struct fields_out fields;
    if (feed.done == 0 || out_room() == 0) return;
    fields.length = 0;
    fields_put_number(&fields, "bytes", feed.done);
    out_frame(OUT_STDIN_ACK, fields.text, fields.length);
    feed.outstanding -= feed.done;
    feed.done = 0;
}
