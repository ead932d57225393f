#include "wall.h"

#include "clock.h"
#include "usage.h"

static struct {
    uint64_t started_ns;
    uint64_t stopped_ns;
    uint64_t limit_ns;
    uint64_t stalled_ns; /* over all past stalls */
    uint64_t stall_ns;   /* when the current stall began; 0: there is none */
    uint64_t cpu_ns;     /* CPU time used when it began */
} wall;

void wall_start(uint64_t limit_ns) {
    wall.started_ns = clock_now();
    wall.stopped_ns = wall.stalled_ns = wall.stall_ns = 0;
    wall.limit_ns = limit_ns;
}

/* The difference may be microseconds below zero, because the cgroup's clock and our own are read one after the other. */
static uint64_t cpu_since_stall_ns(void) {
    uint64_t used = usage_cpu_ns();
    return used > wall.cpu_ns ? used - wall.cpu_ns : 0;
}

/*
 * How much of the current stall the program only waited. CPU time that it used meanwhile is charged, so that no program computes
 * for free while the service does not read.
 */
static uint64_t waited_ns(uint64_t now) {
    if (wall.stall_ns == 0) return 0;
    uint64_t busy_until = wall.stall_ns + cpu_since_stall_ns();
    return now > busy_until ? now - busy_until : 0;
}

void wall_set_stalled(bool stalled) {
    if (stalled == (wall.stall_ns != 0)) return;
    uint64_t now = clock_now();
    wall.stalled_ns += waited_ns(now);
    wall.stall_ns = stalled ? now : 0;
    if (stalled) wall.cpu_ns = usage_cpu_ns();
}

void wall_stop(void) {
    wall_set_stalled(false);
    wall.stopped_ns = clock_now();
}

uint64_t wall_deadline(void) {
    return wall.stall_ns != 0 ? WALL_NO_DEADLINE : wall.started_ns + wall.stalled_ns + wall.limit_ns;
}

bool wall_is_over(uint64_t now) {
    return now - wall.started_ns - wall.stalled_ns - waited_ns(now) >= wall.limit_ns;
}

uint64_t wall_used_ns(void) {
    return wall.stopped_ns - wall.started_ns - wall.stalled_ns;
}

uint64_t wall_stalled_ns(void) {
    return wall.stalled_ns;
}
