#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"
#include "frame.h"

enum { READ_AHEAD = 64 * 1024, CAPACITY = FRAME_HEADER + FRAME_IN_MAX + READ_AHEAD };

/* Page-aligned, so that its pages can be returned to the kernel. */
static _Alignas(4096) char buffer[CAPACITY];
static size_t start;
static size_t end;
static size_t highest;

/* The frame that is being passed on in pieces. */
static char piece_type;
static size_t piece_left;

static void make_room(void) {
    if (start == 0) return;
    memmove(buffer, buffer + start, end - start);
    end -= start;
    start = 0;
}

void in_read(void) {
    make_room();
    ssize_t bytes = read(STDIN_FILENO, buffer + end, CAPACITY - end);
    if (bytes == 0) leave(0);
    if (bytes < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        fail_call("read standard input");
    }
    end += (size_t)bytes;
    if (end > highest) highest = end;
}

static bool is_known(char type) {
    return type != '\0' && strchr("LAFTXISCPRQ", type) != NULL;
}

static size_t announced_length(void) {
    const unsigned char *header = (const unsigned char *)buffer + start;
    size_t length = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
    if (!is_known((char)header[4])) fail("protocol", "an unknown frame type");
    if (length > FRAME_IN_MAX) fail("protocol", "a frame is too long");
    return length;
}

static bool next_piece(struct frame *frame) {
    size_t there = end - start;
    frame->type = piece_type;
    frame->payload = buffer + start;
    frame->length = there < piece_left ? there : piece_left;
    start += frame->length;
    piece_left -= frame->length;
    return true;
}

static bool begin_pieces(struct frame *frame, char type, size_t length) {
    start += FRAME_HEADER;
    piece_type = type;
    piece_left = length;
    frame->announced = length;
    frame->first = true;
    return next_piece(frame);
}

static bool comes_in_pieces(char type) {
    return type == IN_FILES || type == IN_TMP_FILES || type == IN_STDIN;
}

bool in_has_next(void) {
    size_t there = end - start;
    if (piece_left > 0) return there > 0;
    if (there < FRAME_HEADER) return false;
    return comes_in_pieces(buffer[start + 4]) || there >= FRAME_HEADER + announced_length();
}

bool in_is_empty(void) {
    return start == end;
}

bool in_next(struct frame *frame) {
    *frame = (struct frame){.type = '\0'};
    if (!in_has_next()) return false;
    if (piece_left > 0) return next_piece(frame);
    size_t length = announced_length();
    char type = buffer[start + 4];
    if (comes_in_pieces(type)) return begin_pieces(frame, type, length);
    *frame = (struct frame){type, buffer + start + FRAME_HEADER, length, length, true};
    start += FRAME_HEADER + length;
    return true;
}

void in_trim(void) {
    if (highest <= READ_AHEAD || end - start > 0) return;
    if (madvise(buffer, CAPACITY & ~(size_t)4095, MADV_DONTNEED) < 0) fail_call("madvise");
    highest = start = end = 0;
}

void in_check_alive(void) {
    struct pollfd slot = {.fd = STDIN_FILENO, .events = POLLRDHUP};
    if (poll(&slot, 1, 0) > 0 && (slot.revents & (POLLHUP | POLLRDHUP | POLLERR))) leave(0);
}
