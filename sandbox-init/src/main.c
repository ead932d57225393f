/* PID 1 of a sandbox: carries out the service's commands (PROTOCOL.md), one after the other, in one event loop that never blocks. */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ahead.h"
#include "cell.h"
#include "cells.h"
#include "clock.h"
#include "collect.h"
#include "execute.h"
#include "fail.h"
#include "frame.h"
#include "harden.h"
#include "input.h"
#include "locks.h"
#include "output.h"
#include "reset.h"
#include "residue.h"
#include "roots.h"
#include "snapshot.h"
#include "stdin.h"
#include "unpack.h"
#include "usage.h"

/*
 * Output of a running program is held back this long, or until it ends. Most programs write little and end at once; then all of it
 * is sent in one write.
 */
#define GATHER_NS (500 * NS_PER_US)
#define FOREVER UINT64_MAX

enum { ENOUGH_TO_SEND = 16 * 1024, ENOUGH_TO_ACKNOWLEDGE = 16 * 1024 };

enum { SERVICE_IN, SERVICE_OUT, SERVICE_SLOTS };

static void send_ready(void) {
    static const char fields[] = "protocol=1";
    out_frame(OUT_READY, fields, sizeof fields);
}

/* ---- commands */

static int root_of_files(char type) {
    return root_at(type == IN_TMP_FILES ? ROOT_TMP : ROOT_WORKSPACE)->fd;
}

static void take_files(const struct frame *frame) {
    if (frame->first && frame->announced == 0) unpack_end();
    else unpack_feed(root_of_files(frame->type), frame->payload, frame->length);
}

static void take_stdin(const struct frame *frame) {
    if (!execute_is_running()) return;
    if (frame->first) stdin_announce(frame->announced);
    if (frame->first && frame->announced == 0) stdin_end();
    else stdin_push(frame->payload, frame->length);
}

static void take_snapshot(const struct frame *frame) {
    snapshot_take(frame->payload, frame->length);
    residue_mark();
}

static void take_reset(const struct frame *frame) {
    if (frame->length > 0) fail("protocol", "reset has a payload");
    reset();
    send_ready();
}

static void take_limits(const struct frame *frame) {
    cell_limit(frame->payload, frame->length);
}

static void take_exit(void) {
    cell_check_end();
    out_flush();
    leave(0);
}

static bool is_files(char type) {
    return type == IN_FILES || type == IN_TMP_FILES;
}

static void check_in_place(char type) {
    if (type == IN_STDIN || type == IN_SIGNAL || type == IN_EXIT) return;
    if (execute_is_running() && (type != IN_COLLECT || collect_is_pending())) fail("protocol", "%c while a program runs", type);
    if (unpack_open_root() >= 0 && !(is_files(type) && unpack_open_root() == root_of_files(type))) fail("protocol", "%c within an archive", type);
}

/* An interpreter that started ahead may have looked at everything but the files in /workspace. */
static void make_way_for(char type) {
    if (type == IN_FILES) ahead_hold();
    else if (type == IN_TMP_FILES || type == IN_COLLECT || type == IN_SNAPSHOT || type == IN_RESET) ahead_discard();
}

static void dispatch(const struct frame *frame) {
    check_in_place(frame->type);
    if (frame->type != IN_LIMITS && frame->type != IN_AHEAD) cell_seal();
    make_way_for(frame->type);
    switch (frame->type) {
    case IN_LIMITS: take_limits(frame); break;
    case IN_AHEAD: ahead_start(frame->payload, frame->length); break;
    case IN_FILES:
    case IN_TMP_FILES: take_files(frame); break;
    case IN_EXEC: execute_start(frame->payload, frame->length); break;
    case IN_STDIN: take_stdin(frame); break;
    case IN_SIGNAL: execute_signal(frame->payload, frame->length); break;
    case IN_COLLECT: collect_prepare(frame->payload, frame->length); break;
    case IN_SNAPSHOT: take_snapshot(frame); break;
    case IN_RESET: take_reset(frame); break;
    case IN_EXIT: take_exit(); break;
    default: fail("protocol", "an unknown frame type");
    }
}

/* While a program runs, every frame is handled at once. Otherwise the previous command must be complete, with its answer in the buffer. */
static bool may_take(void) {
    if (execute_is_running()) return true;
    return !execute_is_reaping() && !collect_is_pending() && out_room() > 0;
}

static void take_commands(void) {
    struct frame frame;
    while (may_take() && in_next(&frame)) dispatch(&frame);
    in_trim();
}

static void advance(void) {
    take_commands();
    execute_advance();
    if (!execute_is_running() && !execute_is_reaping()) collect_advance();
}

/* ---- the event loop */

/* Since when output has been waiting; 0: no output is waiting. */
static uint64_t waiting_since;

static bool should_gather(uint64_t now) {
    if (!execute_is_running() || out_pending() + stdin_unacknowledged() == 0) return false;
    if (out_pending() >= ENOUGH_TO_SEND || stdin_unacknowledged() >= ENOUGH_TO_ACKNOWLEDGE) return false;
    if (waiting_since == 0) waiting_since = now;
    return now - waiting_since < GATHER_NS;
}

/* Sends what must be sent now. Returns until when the rest may wait. */
static uint64_t send_or_gather(void) {
    uint64_t now = clock_now();
    if (should_gather(now)) return waiting_since + GATHER_NS;
    if (execute_is_running()) stdin_acknowledge();
    out_flush();
    waiting_since = 0;
    return FOREVER;
}

/* Whether there is work to do without waiting for an event. */
static bool has_work(void) {
    bool collecting = collect_is_pending() && !execute_is_running() && !execute_is_reaping();
    return collecting ? out_room() == FRAME_OUT_MAX : !collect_is_pending() && may_take() && in_has_next();
}

static uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void wait_for_events(struct pollfd *slots, nfds_t count, uint64_t deadline) {
    struct timespec timeout = {0};
    uint64_t now = clock_now();
    if (deadline > now) {
        timeout.tv_sec = (time_t)((deadline - now) / NS_PER_S);
        timeout.tv_nsec = (long)((deadline - now) % NS_PER_S);
    }
    if (ppoll(slots, count, deadline == FOREVER ? NULL : &timeout, NULL) >= 0) return;
    if (errno != EINTR) fail_call("ppoll");
    for (nfds_t i = 0; i < count; i++) slots[i].revents = 0;
}

/* End-of-file is noticed even if there is no room to read. */
static void fill_service(struct pollfd slots[SERVICE_SLOTS]) {
    short reading = may_take() ? POLLIN : 0;
    short writing = out_blocked() ? POLLOUT : 0;
    slots[SERVICE_IN] = (struct pollfd){.fd = STDIN_FILENO, .events = (short)(reading | POLLRDHUP)};
    slots[SERVICE_OUT] = (struct pollfd){.fd = STDOUT_FILENO, .events = writing};
}

static void handle_service(const struct pollfd slots[SERVICE_SLOTS]) {
    if (slots[SERVICE_IN].revents & (POLLHUP | POLLRDHUP | POLLERR)) leave(0);
    if (slots[SERVICE_OUT].revents & (POLLERR | POLLHUP)) leave(0);
    if (slots[SERVICE_IN].revents & POLLIN) in_read();
}

static void turn(void) {
    struct pollfd slots[SERVICE_SLOTS + EXECUTE_SLOTS];
    advance();
    uint64_t deadline = send_or_gather();
    fill_service(slots);
    execute_fill(slots + SERVICE_SLOTS);
    deadline = has_work() ? 0 : earlier(deadline, execute_next_tick());
    wait_for_events(slots, SERVICE_SLOTS + EXECUTE_SLOTS, deadline);
    handle_service(slots);
    execute_handle(slots + SERVICE_SLOTS);
}

int main(int count, char **arguments) {
    harden_close_the_rest();
    if (count > 1 && strcmp(arguments[1], "cells") == 0) cells_enter(arguments + 2);
    harden_start();
    usage_open();
    locks_open();
    roots_open();
    cell_await_turn();
    send_ready();
    for (;;) turn();
}
