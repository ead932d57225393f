#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "frame.h"

enum {
    CAPACITY = 192 * 1024,
    KEPT_FOR_FRAMES = 8 * 1024, /* reserved for small frames; bulk frames do not use it */
    KEPT_FOR_ERROR = 1024,      /* reserved for `error`; other frames do not use it */
    LEAST_BULK = 4 * 1024,      /* with less room than this, wait instead of sending tiny frames */
};

static unsigned char buffer[CAPACITY];
static size_t start;
static size_t end;
static bool blocked;

size_t out_pending(void) {
    return end - start;
}

bool out_blocked(void) {
    return blocked;
}

/* Moves pending bytes to the front when half of the buffer has been written. */
static void compact(void) {
    if (start < CAPACITY / 2) return;
    memmove(buffer, buffer + start, end - start);
    end -= start;
    start = 0;
}

size_t out_room(void) {
    compact();
    size_t taken = end + KEPT_FOR_FRAMES + KEPT_FOR_ERROR + FRAME_HEADER;
    if (taken + LEAST_BULK > CAPACITY) return 0;
    size_t room = CAPACITY - taken;
    return room < FRAME_OUT_MAX ? room : FRAME_OUT_MAX;
}

unsigned char *out_space(void) {
    return buffer + end + FRAME_HEADER;
}

void out_commit(char type, size_t length) {
    unsigned char *header = buffer + end;
    header[0] = (unsigned char)(length >> 24);
    header[1] = (unsigned char)(length >> 16);
    header[2] = (unsigned char)(length >> 8);
    header[3] = (unsigned char)length;
    header[4] = (unsigned char)type;
    end += FRAME_HEADER + length;
}

static bool append(char type, const void *payload, size_t length, size_t kept) {
    compact();
    if (end + FRAME_HEADER + length + kept > CAPACITY) return false;
    if (length > 0) memcpy(out_space(), payload, length);
    out_commit(type, length);
    return true;
}

void out_frame(char type, const void *payload, size_t length) {
    if (!append(type, payload, length, KEPT_FOR_ERROR)) fail("system", "the output buffer is full");
}

void out_last_frame(char type, const void *payload, size_t length) {
    if (!append(type, payload, length, 0)) note("no room for the error frame");
}

static void written(size_t bytes) {
    start += bytes;
    blocked = start < end;
    if (!blocked) start = end = 0;
}

void out_flush(void) {
    if (start == end) return;
    ssize_t bytes = write(STDOUT_FILENO, buffer + start, end - start);
    if (bytes >= 0) {
        written((size_t)bytes);
    } else if (errno == EAGAIN) {
        blocked = true;
    } else if (errno != EINTR) {
        leave(0);
    }
}

void out_flush_within(int milliseconds) {
    uint64_t deadline = clock_now() + (uint64_t)milliseconds * NS_PER_MS;
    struct pollfd slots[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT}, {.fd = STDIN_FILENO, .events = POLLRDHUP}};
    out_flush();
    while (start < end && clock_now() < deadline) {
        if (poll(slots, 2, milliseconds) < 0 && errno != EINTR) return;
        if (slots[1].revents & (POLLHUP | POLLRDHUP | POLLERR)) return;
        out_flush();
    }
}
