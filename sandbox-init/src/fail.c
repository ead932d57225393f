#include "fail.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "frame.h"
#include "output.h"

enum { MESSAGE_MAX = 512, LAST_WORDS_MS = 1000 };

static void write_line(const char *text) {
    char line[MESSAGE_MAX + 32];
    int length = snprintf(line, sizeof line, "sandbox-init: %s\n", text);
    if (length < 0) return;
    size_t bytes = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    /* If this fails, there is no way to report it. */
    if (write(STDERR_FILENO, line, bytes) < 0) return;
}

void note(const char *format, ...) {
    char text[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_line(text);
}

static void send_error(const char *code, const char *message) {
    struct fields_out fields;
    fields.length = 0;
    fields_put(&fields, "code", code);
    fields_put(&fields, "message", message);
    out_last_frame(OUT_ERROR, fields.text, fields.length);
    out_flush_within(LAST_WORDS_MS);
}

_Noreturn void fail(const char *code, const char *format, ...) {
    static bool failing;
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    write_line(message);
    if (failing) leave(1);
    failing = true;
    if (kill(-1, SIGKILL) < 0 && errno != ESRCH) write_line("kill failed");
    send_error(code, message);
    leave(1);
}

_Noreturn void fail_call(const char *call) {
    fail("system", "%s: %s", call, strerror(errno));
}

_Noreturn void leave(int status) {
    _exit(status);
}
