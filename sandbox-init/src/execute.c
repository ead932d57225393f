#include "execute.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ahead.h"
#include "capture.h"
#include "clock.h"
#include "command.h"
#include "fail.h"
#include "fields.h"
#include "frame.h"
#include "harden.h"
#include "locks.h"
#include "output.h"
#include "program.h"
#include "spawn.h"
#include "stdin.h"
#include "usage.h"
#include "wall.h"

#define TICK_LEAST (1 * NS_PER_MS)
#define TICK_MOST (20 * NS_PER_MS)
#define TICK_TO_SAMPLE (5 * NS_PER_MS)

enum phase {
    NOTHING,
    RUNNING,
    ENDING,  /* everything is killed; the rest of the pipes is sent, then `exited` */
    REAPING, /* `exited` is sent; killed processes must still be reaped */
};

static struct {
    enum phase phase;
    pid_t main;
    bool main_ended;
    int main_status;
    bool any_left; /* whether there are processes to reap */
    uint64_t next_tick;
    uint64_t cpu_limit_ns;
    uint64_t output_kill_bytes;
    uint64_t sent_signals; /* signals sent by `signal` frames, one bit each */
    const char *cause;
    struct usage usage;
    struct capture streams[2];
} run;

bool execute_is_running(void) {
    return run.phase == RUNNING || run.phase == ENDING;
}

bool execute_is_reaping(void) {
    return run.phase == REAPING;
}

/* ---- the beginning */

static void take_over(const struct program *program, uint64_t pass_on) {
    run.main = program->main;
    stdin_open(program->input);
    run.streams[0] = (struct capture){.fd = program->output[0], .type = OUT_STDOUT, .pass_on = pass_on};
    run.streams[1] = (struct capture){.fd = program->output[1], .type = OUT_STDERR, .pass_on = pass_on};
}

static void start_anew(const struct command *command, struct program *program) {
    usage_begin();
    if (!program_start(command, program)) spawn_fail();
    usage_set_main(program->main);
}

/* What an interpreter has used that started ahead counts as well. Returns whether there was one for this program. */
static bool start(const struct command *command, struct program *program) {
    bool was_started = ahead_take(command, program);
    if (was_started) usage_continue();
    else start_anew(command, program);
    return was_started;
}

static void send_started(bool was_started_ahead) {
    static const char fields[] = "ahead=1";
    out_frame(OUT_STARTED, fields, was_started_ahead ? sizeof fields : 0);
}

/* The next time to read the counters: when the CPU limit could be reached at the earliest. */
static uint64_t tick_after(uint64_t now, uint64_t cpu_left_ns) {
    uint64_t wait = usage_soonest_ns(cpu_left_ns);
    if (wait < TICK_LEAST) wait = TICK_LEAST;
    uint64_t most = usage_needs_samples() ? TICK_TO_SAMPLE : TICK_MOST;
    if (wait > most) wait = most;
    return now + wait;
}

void execute_start(char *payload, size_t length) {
    struct command command = command_parse(payload, length);
    memset(&run, 0, sizeof run);
    locks_begin();
    run.cpu_limit_ns = command.cpu_ns;
    run.output_kill_bytes = command.output_kill_bytes;
    wall_start(command.wall_ns);
    struct program program;
    bool was_started_ahead = start(&command, &program);
    take_over(&program, command.output_bytes);
    command_release();
    run.next_tick = tick_after(clock_now(), run.cpu_limit_ns);
    run.any_left = true;
    run.phase = RUNNING;
    send_started(was_started_ahead);
}

/* ---- the end */

static void kill_everything(void) {
    if (run.any_left && kill(-1, SIGKILL) < 0 && errno != ESRCH) fail_call("kill");
}

/* Reads the counters and kills all remaining processes. The first cause wins. */
static void end_run(const char *cause) {
    if (run.phase != RUNNING) return;
    run.phase = ENDING;
    run.cause = cause;
    wall_stop();
    if (!run.main_ended) usage_sample();
    kill_everything();
    run.usage = usage_end();
}

static bool was_sent(int number) {
    return run.sent_signals >> (number - 1) & 1;
}

static const char *cause_of_end(int status) {
    bool signaled = WIFSIGNALED(status);
    bool killed = signaled && WTERMSIG(status) == SIGKILL && !was_sent(SIGKILL);
    bool failed = WIFEXITED(status) && WEXITSTATUS(status) != 0;
    if ((killed || failed) && usage_ran_out_of_memory()) return "out_of_memory";
    return signaled ? "signaled" : "exited";
}

static void note_reaped(pid_t process, int status, const struct rusage *reaped) {
    usage_add_reaped(reaped);
    if (process != run.main || run.phase != RUNNING) return;
    run.main_ended = true;
    run.main_status = status;
}

/* Reaps every process that has ended, and notes whether any are still running. */
static void reap(void) {
    struct rusage reaped;
    int status;
    pid_t process;
    while ((process = wait4(-1, &status, WNOHANG | __WALL, &reaped)) > 0) {
        ahead_forget(process);
        note_reaped(process, status, &reaped);
    }
    if (process < 0 && errno != ECHILD) fail_call("wait4");
    run.any_left = process == 0;
    if (run.phase == REAPING && !run.any_left) run.phase = NOTHING;
    if (run.phase == RUNNING && run.main_ended) end_run(cause_of_end(run.main_status));
}

static void put_status(struct fields_out *fields) {
    if (!run.main_ended) return;
    if (WIFEXITED(run.main_status)) fields_put_number(fields, "exit_code", (uint64_t)WEXITSTATUS(run.main_status));
    else fields_put_number(fields, "signal", (uint64_t)WTERMSIG(run.main_status));
}

static void send_exited(void) {
    struct fields_out fields;
    fields.length = 0;
    fields_put(&fields, "cause", run.cause);
    put_status(&fields);
    fields_put_number(&fields, "wall_us", wall_used_ns() / NS_PER_US);
    fields_put_number(&fields, "stalled_us", wall_stalled_ns() / NS_PER_US);
    fields_put_number(&fields, "cpu_us", run.usage.cpu_ns / NS_PER_US);
    fields_put_number(&fields, "user_us", run.usage.user_us);
    fields_put_number(&fields, "system_us", run.usage.system_us);
    fields_put_number(&fields, "memory_peak_bytes", run.usage.memory_peak_bytes);
    fields_put_number(&fields, "stdout_bytes", run.streams[0].seen);
    fields_put_number(&fields, "stderr_bytes", run.streams[1].seen);
    out_frame(OUT_EXITED, fields.text, fields.length);
}

static bool is_over_output_limit(const struct capture *stream) {
    return stream->seen > 0 && stream->seen >= run.output_kill_bytes;
}

/* The main process ended before all of its output was read, so it exceeded the output limit before it ended. */
static void correct_cause(void) {
    if (!run.main_ended) return;
    run.main_ended = false;
    run.cause = "output_limit";
}

/* Reads the rest of a pipe, up to the output limit. Returns false while the rest must wait for the service. */
static bool drain(struct capture *stream) {
    while (!is_over_output_limit(stream) && capture_read(stream)) continue;
    if (!is_over_output_limit(stream)) return stream->fd < 0 || capture_is_ready(stream);
    correct_cause();
    return true;
}

/* Sends the rest of the pipes, then `exited`. Waits while the output has no room. */
void execute_advance(void) {
    if (run.phase != ENDING) return;
    if (!drain(&run.streams[0]) || !drain(&run.streams[1]) || out_room() == 0) return;
    capture_close(&run.streams[0]);
    capture_close(&run.streams[1]);
    stdin_close();
    stdin_acknowledge();
    send_exited();
    out_flush();
    run.phase = run.any_left ? REAPING : NOTHING;
}

/* ---- in between */

void execute_signal(char *payload, size_t length) {
    static const struct field_spec specs[] = {{"signal", false}};
    struct fields fields = fields_open(payload, length, specs, 1);
    uint64_t number = 0;
    char *value;
    while (fields_next(&fields, &value) >= 0) number = field_number(value, 1);
    if (number < 1 || number > 64) fail("protocol", "signal: not a signal");
    if (run.phase != RUNNING) return;
    run.sent_signals |= UINT64_C(1) << (number - 1);
    if (kill(-1, (int)number) < 0 && errno != ESRCH) fail_call("kill");
}

static void fill_stream(struct pollfd *slot, const struct capture *stream) {
    slot->fd = run.phase == RUNNING && capture_is_ready(stream) ? stream->fd : -1;
    slot->events = POLLIN;
}

/* Whether this pipe is not read because the service has not read the earlier output. */
static bool is_stalled(const struct capture *stream) {
    return run.phase == RUNNING && stream->fd >= 0 && !capture_is_ready(stream);
}

void execute_fill(struct pollfd slots[EXECUTE_SLOTS]) {
    wall_set_stalled(is_stalled(&run.streams[0]) || is_stalled(&run.streams[1]));
    slots[EXECUTE_CHILD] = (struct pollfd){.fd = harden_child_events(), .events = POLLIN};
    fill_stream(&slots[EXECUTE_STDOUT], &run.streams[0]);
    fill_stream(&slots[EXECUTE_STDERR], &run.streams[1]);
    slots[EXECUTE_STDIN] = (struct pollfd){.fd = run.phase == RUNNING ? stdin_waits_for() : -1, .events = POLLOUT};
}

uint64_t execute_next_tick(void) {
    if (run.phase != RUNNING) return EXECUTE_NO_DEADLINE;
    return wall_deadline() < run.next_tick ? wall_deadline() : run.next_tick;
}

static void read_stream(const struct pollfd *slot, struct capture *stream) {
    if (slot->fd < 0 || slot->revents == 0) return;
    capture_read(stream);
    if (is_over_output_limit(stream)) end_run("output_limit");
}

static void check_limits(void) {
    uint64_t now = clock_now();
    if (wall_is_over(now)) {
        end_run("wall_limit");
        return;
    }
    if (now < run.next_tick) return;
    usage_sample();
    if (usage_sockets_exceed_memory() || locks_are_too_many()) {
        end_run("out_of_memory");
        return;
    }
    uint64_t used = run.cpu_limit_ns == COMMAND_NO_LIMIT ? 0 : usage_cpu_ns();
    if (used >= run.cpu_limit_ns) end_run("cpu_limit");
    else run.next_tick = tick_after(now, run.cpu_limit_ns - used);
}

void execute_handle(const struct pollfd slots[EXECUTE_SLOTS]) {
    read_stream(&slots[EXECUTE_STDOUT], &run.streams[0]);
    read_stream(&slots[EXECUTE_STDERR], &run.streams[1]);
    if (slots[EXECUTE_STDIN].fd >= 0 && slots[EXECUTE_STDIN].revents && stdin_waits_for() >= 0) stdin_pump();
    if (slots[EXECUTE_CHILD].revents) {
        harden_clear_child_events();
        reap();
        ahead_notice();
    }
    if (run.phase == RUNNING) check_limits();
}
